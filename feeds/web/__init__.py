"""Documents to HTTP answers: the Flask application and the server processes."""
