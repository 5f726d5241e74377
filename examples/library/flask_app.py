"""Serve feeds within an existing Flask application: `flask --app flask_app run`."""

from flask import Flask

import feeds


def create_app(config: str = "config.toml") -> Flask:
    """Make an application with a page of its own; feeds are where base_url says."""
    app = Flask(__name__)

    @app.route("/")
    def home() -> str:
        return "The rest of the application."

    app.register_blueprint(feeds.create_blueprint(config))
    return app
