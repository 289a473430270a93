"""The proxy of a deployment (deploy/nginx) on a port of this machine, before assistants that run here."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence

from assistant.settings import ROOT
from processes.service import Service, find

SETTINGS = ROOT / "deploy" / "nginx"
#: Lines of the template that need names of a container network, and a newer nginx than Debian has.
_OF_CONTAINERS = re.compile(r"^resolver .*\n|^    server \S+ resolve (.*);\n", re.MULTILINE)

_MAIN = """\
daemon off;
{user}worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path unused;
    uwsgi_temp_path unused;
    scgi_temp_path unused;
    include chat.conf;
    include upstream.conf;
}}
"""


class Nginx(Service):
    """nginx with the files of deploy/nginx; only its port and the assistants' ports are this machine's."""

    def __init__(self, assistants: Sequence[int], listen: str | None = None) -> None:
        """`assistants` are their ports; `listen` takes the place of listen.conf, by default a plain loopback port."""
        self._program = find("nginx")
        super().__init__()
        self._write(assistants, listen or f"listen 127.0.0.1:{self.port};\n")

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """With its own folder for everything it writes."""
        return [self._program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def answers(self) -> bool:
        """Whether it takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """After the requests under way."""
        super().stop(how)

    def _write(self, assistants: Sequence[int], listen: str) -> None:
        ours = self.folder / "spine-triage"
        ours.mkdir()
        shutil.copy(SETTINGS / "unavailable.json", ours)
        (ours / "listen.conf").write_text(listen)
        shutil.copy(SETTINGS / "chat.conf", self.folder)
        template = (SETTINGS / "upstream.conf.template").read_text("utf-8")
        servers = "".join(rf"    server 127.0.0.1:{port} \1;" + "\n" for port in assistants)
        filled = _OF_CONTAINERS.sub(lambda line: line.expand(servers) if line[1] else "", template)
        (self.folder / "upstream.conf").write_text(filled)
        user = "user root;\n" if os.geteuid() == 0 else ""  # or its workers could not read their own folder
        (self.folder / "nginx.conf").write_text(_MAIN.format(user=user))


def faults_of(proxy: Nginx) -> str:
    """What `nginx -t` finds wrong with its files; empty when nothing."""
    ended = subprocess.run([*proxy.command(), "-t"], capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stderr
