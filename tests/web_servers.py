"""Real web servers over a frozen tree, each a process in the foreground on a free port."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
from pathlib import Path

from programs import require_program
from servers import fetch, free_port
from waiting import PATIENCE, until

BROTLI = "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so"


class Host:
    """A web server that is running; a subclass starts it."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self.port = port
        home = {**os.environ, "HOME": str(log.parent), "XDG_DATA_HOME": str(log.parent)}
        with log.open("wb") as stream:
            self.process = subprocess.Popen(command, stdout=stream, stderr=stream, env=home)
        until(lambda: self._answers() or self.process.poll() is not None)
        assert self.process.poll() is None, log.read_text()

    def get(
        self, path: str, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> tuple[http.client.HTTPResponse, bytes]:
        return fetch(self.port, path, headers, method)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


class Nginx(Host):
    """nginx with what freeze wrote inside of its server block, as docs/guides/serve.md shows."""

    def __init__(self, folder: Path, server: str) -> None:
        folder.mkdir()
        port = free_port()
        conf = folder / "nginx.conf"
        conf.write_text(nginx_conf(folder, server.replace("listen 80;", f"listen 127.0.0.1:{port};")))
        program = require_program("nginx", "/usr/sbin/nginx")
        super().__init__([program, "-p", str(folder), "-c", str(conf), "-e", "stderr"], port, folder / "log")


def nginx_conf(folder: Path, server: str) -> str:
    """A whole configuration, with what Debian's has around a server block."""
    module = f"load_module {require_program('libnginx-mod-http-brotli-static', BROTLI)};"
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"{module} daemon off; master_process off; pid {folder}/pid; events {{ }}\n"
        f"http {{ include /etc/nginx/mime.types; default_type application/octet-stream; access_log off;"
        f" {temporary}\n{server}\n}}\n"
    )


class Caddy(Host):
    """Caddy with what freeze wrote inside of its site block."""

    def __init__(self, folder: Path, site: str) -> None:
        folder.mkdir()
        port = free_port()
        conf = folder / "Caddyfile"
        conf.write_text(
            "{\n\tadmin off\n}\n" + site.replace("feeds.example.org {", f"http://127.0.0.1:{port} {{")
        )
        super().__init__([require_program("caddy"), "run", "--config", str(conf)], port, folder / "log")
