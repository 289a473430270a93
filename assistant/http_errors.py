"""Errors of the HTTP side as JSON, with the fixed safety text wherever a person may be waiting for an answer."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Mapping, Sequence

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from assistant.guard import where

logger = logging.getLogger(__name__)

SECURITY_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)

#: code -> (status, message). The message is for developers and screens; it never quotes what was sent.
ERRORS: Mapping[str, tuple[int, str]] = {
    "bad_request": (400, "This request could not be read."),
    "bad_json": (400, "The body must be one JSON object."),
    "bad_message": (400, 'The body must be {"id", "text"} or {"id", "payload"}, each a string.'),
    "missing": (401, "This needs the header Authorization: Bearer and a session token."),
    "invalid": (401, "This session token is not valid."),
    "expired": (401, "This session has ended. Start a new one."),
    "erased": (401, "This conversation was erased. Start a new one."),
    "portal_expired": (401, "The portal's token has ended. Ask the portal for a new one."),
    "portal_refused": (401, "This portal token is not accepted."),
    "launch_refused": (401, "This launch code is unknown, used or too old. Open the chat from the portal again."),
    "not_found": (404, "There is nothing at this address."),
    "method_not_allowed": (405, "This address does not take this method."),
    "too_slow": (408, "The message took too long to arrive."),
    "not_offered": (409, "This button is not one of those last offered."),
    "too_large": (413, "The message is too long."),
    "empty": (422, "The message holds no text."),
    "too_many": (429, "Too many messages in a short time. Wait a minute."),
    "failed": (500, "Something went wrong here."),
    "portal_down": (503, "The portal's keys cannot be read now. Try again."),
    "store_down": (503, "The conversation cannot be opened now. Try again."),
    "loading": (503, "The assistant is starting. Try again in a few seconds."),
    "not_erased": (503, "The conversation could not be erased now. Try again."),
}
_BY_STATUS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 408: "too_slow", 413: "too_large"}
_RETRY_SECONDS = {"too_many": "60", "loading": "5", "portal_down": "5", "store_down": "5", "not_erased": "5"}


@dataclass
class ApiError(Exception):
    """A request that cannot be served; `code` is a key of ERRORS."""

    code: str

    def response(self, safety: Mapping[str, Any]) -> HTTPResponse:
        """The JSON answer. `safety` is {"safety_text", "level"} where a person may be waiting, else empty."""
        status, message = ERRORS[self.code]
        headers = {}
        if self.code in _RETRY_SECONDS:
            headers["Retry-After"] = _RETRY_SECONDS[self.code]
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        body = {"error": {"code": self.code, "message": message}, **safety}
        return json_response(body, status=status, headers=headers)


def json_response(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    """JSON that no cache keeps."""
    all_headers = {**page_headers(()), "Cache-Control": "no-store", **(headers or {})}
    return HTTPResponse(json.dumps(body), status=status, headers=all_headers, content_type="application/json")


def page_headers(frame_ancestors: Sequence[str]) -> dict[str, str]:
    """The security headers of every answer; `frame_ancestors` are the origins that may show it in a frame."""
    headers = {
        **SECURITY_HEADERS,
        "Content-Security-Policy": POLICY.format(ancestors=" ".join(frame_ancestors) or "'none'"),
    }
    if frame_ancestors:
        del headers["X-Frame-Options"]  # it knows no list of origins, and old browsers obey it first
    return headers


def install(app: Sanic, safety: Callable[[Request], Awaitable[Mapping[str, Any]]]) -> None:
    """Answer every error of `app` in JSON: Sanic's own pages are plain text or HTML and can show a request's parts.

    `safety` says what the answer carries besides the error; see `ApiError.response`.
    """

    async def on_error(request: Request, error: Exception) -> HTTPResponse:
        if isinstance(error, ApiError):
            return error.response(await safety(request))
        status = error.status_code if isinstance(error, SanicException) else 500
        code = _BY_STATUS.get(status or 500, "failed")
        if code == "failed":
            logger.error("request_failed error=%s at=%s", type(error).__name__, where(error))
        response = ApiError(code).response(await safety(request))
        if allowed := getattr(error, "headers", {}).get("Allow"):
            response.headers["Allow"] = allowed
        return response

    app.error_handler.add(Exception, on_error)
