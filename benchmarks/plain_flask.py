"""What most would write to serve a feed: a Flask view with its answer kept in memory."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from flask import Flask, Response, request
from werkzeug import Response as Answer

app = Flask(__name__)
_body = Path(os.environ["PLAIN_FEED"]).read_bytes()
_packed = Path(os.environ["PLAIN_FEED"] + ".gz").read_bytes()
_tag = hashlib.sha256(_body).hexdigest()


@app.route("/all.atom")
def feed() -> Answer:
    """The feed, compressed if the client takes that, or 304."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(_packed if packed else _body, content_type="application/atom+xml; charset=utf-8")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(_tag)
    response.headers["Vary"] = "Accept-Encoding"
    return response.make_conditional(request)
