"""A hub and a subscriber as others wrote them (flask-websub), each a program on a free port.

``python push_parties.py hub FILE`` and ``… subscriber FILE`` print their address first;
FILE is their database. The subscriber subscribes to what is posted to ``/subscribe`` as
``url``, and prints each confirmation and each notification as a line of JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from celery import Celery
from flask import Flask, request
from flask_websub.hub import Hub, SQLite3HubStorage
from flask_websub.subscriber import (
    SQLite3SubscriberStorage,
    SQLite3TempSubscriberStorage,
    Subscriber,
    discover,
)
from waiting import PATIENCE
from werkzeug.serving import make_server


def hub(database: str) -> Flask:
    app = Flask("hub")
    app.config["PUBLISH_SUPPORTED"] = True
    celery = Celery("hub")
    # Tasks run at once, in the request, since there is no broker here.
    celery.conf.task_always_eager = True
    party = Hub(SQLite3HubStorage(database), celery, REQUEST_TIMEOUT=PATIENCE)
    app.register_blueprint(party.build_blueprint("/hub"))
    return app


def subscriber(database: str) -> Flask:
    app = Flask("subscriber")
    party = Subscriber(
        SQLite3SubscriberStorage(database), SQLite3TempSubscriberStorage(database), REQUEST_TIMEOUT=PATIENCE
    )
    app.register_blueprint(party.build_blueprint("/callbacks"))

    def confirmed(topic: str, _id: str, mode: str) -> None:
        say({"event": mode, "topic": topic})

    def notified(topic: str, _id: str, body: bytes) -> None:
        say({"event": "notified", "topic": topic, "body": body.decode()})

    party.add_success_handler(confirmed)
    party.add_listener(notified)

    @app.post("/subscribe")
    def subscribe() -> dict[str, str]:
        found: dict[str, str] = discover(request.form["url"])
        party.subscribe(**found)
        return found

    return app


def say(event: Any) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    application = {"hub": hub, "subscriber": subscriber}[sys.argv[1]](sys.argv[2])
    server = make_server("127.0.0.1", 0, application, threaded=True)
    say(f"http://127.0.0.1:{server.port}/")
    server.serve_forever()
