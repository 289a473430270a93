"""An action server that fails as it is told, in a thread of this process."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

SLOW_SECONDS: Final = 10
GOOD: Final = {"events": [], "responses": [{"text": "You can look for a doctor on the hospital's page."}]}
LOOP: Final = {"events": [{"event": "followup", "name": "action_find_doctor"}], "responses": []}


class ActionServer(ThreadingHTTPServer):
    """Answers by `mode`: "good", "slow", "500", "400", "broken", "looping"; "down" closes the connection unanswered."""

    daemon_threads = True
    mode = "good"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """For `action_endpoint` of endpoints.yml."""
        return f"http://127.0.0.1:{self.server_address[1]}/webhook"


class _Handler(BaseHTTPRequestHandler):
    server: ActionServer

    def do_POST(self) -> None:
        mode = self.server.mode
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if mode == "down":
            self.close_connection = True
            return
        if mode == "slow":
            time.sleep(SLOW_SECONDS)
        body = b'{"events": [' if mode == "broken" else json.dumps(LOOP if mode == "looping" else GOOD).encode()
        self.send_response(int(mode) if mode.isdigit() else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the body holds a conversation."""
