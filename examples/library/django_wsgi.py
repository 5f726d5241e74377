"""The wsgi.py of a Django project with the whole site of a folder below /feeds/."""

from django.core.wsgi import get_wsgi_application
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import feeds

application = DispatcherMiddleware(
    get_wsgi_application(),
    {"/feeds": feeds.create_app("config.toml")},
)
