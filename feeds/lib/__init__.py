"""Code that knows no feed."""
