"""The page, the chat's scripts and the page's data, as the server gives them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from chat_server import Client

from assistant.settings import Settings
from assistant.static_files import as_sent

WEB = Path(__file__).parents[2] / "web"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'"
)


def test_the_page_and_its_files_are_served_with_a_strict_policy(chat: Client) -> None:
    page, script = chat.call("GET", "/chat/"), chat.call("GET", "/chat/static/page.js")
    assert page.headers["Content-Type"].startswith("text/html")
    assert script.headers["Content-Type"].startswith("text/javascript")
    data, nothing = chat.call("GET", "/chat/page.json"), chat.call("GET", "/chat/nothing")
    for response, ancestors in ((page, "'self'"), (script, "'self'"), (data, "'none'"), (nothing, "'none'")):
        assert response.headers["Content-Security-Policy"] == f"{POLICY}; frame-ancestors {ancestors}"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in response.headers


def test_an_unchanged_file_is_not_sent_twice(chat: Client) -> None:
    tag = chat.call("GET", "/chat/static/page.js").headers["ETag"]
    assert chat.call("GET", "/chat/static/page.js", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "name",
    [
        "..%2foutside.js",
        "%2e%2e/outside.js",
        "notes.txt",
        "link.js",
        ".hidden.js",
        "page",
        "page.js%00.js",
        "%2fetc%2fpasswd",
    ],
)
def test_no_file_outside_the_folder_or_of_another_kind_is_served(chat: Client, name: str) -> None:
    response = chat.call("GET", f"/chat/static/{name}")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_the_page_comes_as_data(chat: Client) -> None:
    assert chat.call("GET", "/chat/page.json").json() == {"title": "Page", "sections": [], "contacts": []}


def test_a_script_goes_out_compressed_and_without_its_comments(chat: Client) -> None:
    packed = chat.call("GET", "/chat/static/page.js", headers={"Accept-Encoding": "gzip"})
    plain = chat.call("GET", "/chat/static/page.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert packed.text == plain.text and "a remark" not in plain.text and "shown" in plain.text
    assert packed.headers["Vary"] == "Accept-Encoding"


def test_a_changed_file_is_sent_anew(chat: Client, settings: Settings) -> None:
    before = chat.call("GET", "/chat/static/page.js").text
    (settings.web_dir / "page.js").write_text("changed();")
    assert chat.call("GET", "/chat/static/page.js").text != before


def sent(name: str) -> int:
    """Bytes of a file of web/ on the way, gzip."""
    return len(gzip.compress(as_sent(WEB / name), mtime=0))


def test_the_whole_chat_is_at_most_15_kilobytes() -> None:
    host_side = {"page.js", "chat.js"}
    sizes = {path.name: sent(path.name) for path in WEB.glob("*.js") if path.name not in host_side}
    assert sum(sizes.values()) <= 15_360, sizes


def test_a_hospital_page_loads_at_most_5_kilobytes_before_the_button_is_pressed() -> None:
    assert sent("chat.js") <= 5_000
