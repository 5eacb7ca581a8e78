"""A private nginx that spreads requests over web processes, as a cluster's router does."""

import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.services.server import Server, ServiceMissing

# No second try of a request that failed: each failure must be seen. A stream may be silent for long.
_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream web {{ {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://web;
            proxy_set_header Host $http_host;
            proxy_next_upstream off;
            proxy_buffering off;
            proxy_read_timeout 120s;
        }}
    }}
}}
"""


def find_program() -> str | None:
    """nginx, which Debian keeps where only root looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


class Nginx(Server):
    """One balancer. Requests that are under way when it is told of other processes go on with the old ones."""

    def __init__(self, ports: Sequence[int]) -> None:
        found = find_program()
        if found is None:
            raise ServiceMissing("no nginx (Debian: nginx-light, Fedora: nginx)")
        super().__init__("nginx")
        self._program = found
        self._ports_behind = tuple(ports)
        self.port = self._reserve_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def serve_from(self, ports: Sequence[int]) -> None:
        """Send requests to the processes on these ports from now on."""
        self._ports_behind = tuple(ports)
        self._prepare()
        self.run([self._program, "-c", self._file, "-e", "stderr", "-s", "reload"])

    def _prepare(self) -> None:
        # Never out of rotation because of one failure: that would hide the ones after it.
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in self._ports_behind)
        self._file.write_text(_CONFIGURATION.format(folder=self.folder, servers=servers, port=self.port))
        self.give_folder_away()

    @property
    def _file(self) -> Path:
        return self.folder / "nginx.conf"

    def _command(self) -> Sequence[str | Path]:
        return [self._program, "-c", self._file, "-e", "stderr"]

    def _environment(self) -> Mapping[str, str]:
        return {}

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False
