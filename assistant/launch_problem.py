"""Why a SMART launch did not end in the chat, as a page that a patient can read. Nothing of the request stands in it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sanic.response import HTTPResponse

from assistant.http_errors import page_headers

PAGE = "launch-problem.html"
_PLACE = "<!-- what happened -->"

#: code -> (status, what happened, for the patient). The page goes on with "Open the chat again from your portal."
PROBLEMS: Mapping[str, tuple[int, str]] = {
    "bad_link": (400, "This link is not whole."),
    "old_link": (400, "This link was used before, or it is too old."),
    "denied": (403, "The chat may not open. You or your portal said no."),
    "unlisted": (403, "The chat does not know the portal you came from."),
    "too_many": (429, "The chat was opened too often in a short time. Wait a minute."),
    "not_trusted": (502, "The chat could not check what your portal said."),
    "portal_down": (503, "Your portal does not answer the chat now. Wait a minute."),
    "not_ready": (503, "The chat is not ready yet. Wait a minute."),
}
_RETRY_SECONDS = {"too_many": "60", "portal_down": "60", "not_ready": "10"}


@dataclass
class LaunchProblem(Exception):
    """A launch that cannot go on; `code` is a key of PROBLEMS. Holds nothing of what was sent."""

    code: str


class ProblemPage:
    """The page of web/ for all problems. `frame_ancestors` may show it in a frame, as they may the chat."""

    def __init__(self, web_dir: Path, frame_ancestors: Sequence[str]) -> None:
        """Reads the file at once: a missing one must stop the start, not a launch."""
        self._before, place, self._after = (web_dir / PAGE).read_text("utf-8").partition(_PLACE)
        if not place:
            raise ValueError(f"{PAGE} has no place for what happened: {_PLACE}")
        self._headers = page_headers(frame_ancestors)

    def response(self, problem: LaunchProblem) -> HTTPResponse:
        """The answer to the browser of somebody whose launch failed."""
        status, sentence = PROBLEMS[problem.code]
        headers = {**self._headers, "Cache-Control": "no-store"}
        if problem.code in _RETRY_SECONDS:
            headers["Retry-After"] = _RETRY_SECONDS[problem.code]
        page = f"{self._before}{html.escape(sentence)}{self._after}"
        return HTTPResponse(page, status=status, headers=headers, content_type="text/html; charset=utf-8")
