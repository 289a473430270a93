"""The files of web/ for the browser: known kinds only, only from that one folder."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Sequence

from sanic.request import Request
from sanic.response import HTTPResponse

from assistant.http_errors import ApiError, page_headers

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class StaticFiles:
    """Serves the files directly in `folder`, with their security headers. `frame_ancestors` may frame them."""

    def __init__(self, folder: Path, frame_ancestors: Sequence[str]) -> None:
        self._folder = folder.resolve()
        self._headers = page_headers(frame_ancestors)

    def response(self, request: Request, name: str) -> HTTPResponse:
        """The file of that name, or 304 if the browser has it. Raises ApiError("not_found")."""
        content_type = CONTENT_TYPES.get(Path(name).suffix)
        path = (self._folder / name).resolve() if _NAME.fullmatch(name) else None
        # Resolved and compared: neither ".." nor a link may lead out of the folder.
        if content_type is None or path is None or path.parent != self._folder or not path.is_file():
            raise ApiError("not_found")
        content = path.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {**self._headers, "ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return HTTPResponse(status=304, headers=headers)
        return HTTPResponse(content, headers=headers, content_type=content_type)
