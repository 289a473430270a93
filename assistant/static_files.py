"""The files of web/ for the browser: known kinds only, only from that one folder, small on the way.

Scripts go out without their comments and, to browsers that take it, everything goes out compressed. web/ itself needs no
build step: what stands there is what runs.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Sequence

from rjsmin import jsmin
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
    """Serves the files directly in `folder`, with their security headers.

    Their own origin and `frame_ancestors` may show them in a frame.
    """

    def __init__(self, folder: Path, frame_ancestors: Sequence[str]) -> None:
        self._folder = folder.resolve()
        self._headers = page_headers(("'self'", *frame_ancestors))

    def response(self, request: Request, name: str) -> HTTPResponse:
        """The file of that name, or 304 if the browser has it. Raises ApiError("not_found")."""
        content_type = CONTENT_TYPES.get(Path(name).suffix)
        path = (self._folder / name).resolve() if _NAME.fullmatch(name) else None
        # Resolved and compared: neither ".." nor a link may lead out of the folder.
        if content_type is None or path is None or path.parent != self._folder or not path.is_file():
            raise ApiError("not_found")
        file = _prepared(path, path.stat().st_mtime_ns)
        headers = {**self._headers, "ETag": file.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == file.tag:
            return HTTPResponse(status=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return HTTPResponse(file.plain, headers=headers, content_type=content_type)
        headers["Content-Encoding"] = "gzip"
        return HTTPResponse(file.compressed, headers=headers, content_type=content_type)


def as_sent(path: Path) -> bytes:
    """What a browser gets of a file, before compression: scripts without comments."""
    content = path.read_bytes()
    return jsmin(content.decode()).encode() if path.suffix == ".js" else content


@dataclass(frozen=True)
class _File:
    plain: bytes
    compressed: bytes
    tag: str


@lru_cache(maxsize=64)
def _prepared(path: Path, _changed: int) -> _File:
    """A file as it goes out; read again when it was changed (`_changed`: its modification time)."""
    plain = as_sent(path)
    tag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'
    return _File(plain, gzip.compress(plain, mtime=0), tag)
