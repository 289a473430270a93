"""What a web page or a text file says, as headings, paragraphs and list items; site furniture is left behind.

The content of a web page is its <main>; on a page without one, readability finds it. Blocks with a phone number that
stand outside are taken up again: a number is never furniture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.request import Request, urlopen

from charset_normalizer import from_bytes
from lxml import etree, html
from readability import Document
from readability.readability import Unparseable

Kind = Literal["heading", "paragraph", "bullet"]

PHONE: Final = re.compile(r"\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b")
MOST_BYTES: Final = 10_000_000
SECONDS: Final = 20
_BULLET = re.compile(r"^\s*[•·▪‣*–-]\s+")
_HEADING_WORDS: Final = 14
_SILENT: Final = ("script", "style", "noscript", "template", "svg", "head", "form", "select", "button", etree.Comment)
_FURNITURE: Final = frozenset({"nav", "menu"})
_BLOCK_TAGS: Final = tuple("p li tr dd dt h1 h2 h3 h4 h5 h6 address blockquote div section".split())  # noqa: SIM905


class ExtractError(ValueError):
    """There is nothing to import; the message says why."""


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph or a list item, as on the page."""

    kind: Kind
    text: str


def fetch(source: str) -> bytes:
    """The bytes of a file or of an http(s) address. Raises OSError (a file, the network) or ExtractError (too large)."""
    if source.startswith(("http://", "https://")):
        with urlopen(Request(source, headers={"User-Agent": "spine-triage"}), timeout=SECONDS) as answer:  # noqa: S310
            content = bytes(answer.read(MOST_BYTES + 1))
    else:
        with open(source, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ExtractError(f"{source}: more than {MOST_BYTES // 1_000_000} MB")
    return content


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, or in the encoding that it declares or most likely has (Latin-1, Windows)."""
    declared = re.search(rb"charset=[\"']?([\w-]+)", content[:2048])
    for name in ("utf-8-sig", declared[1].decode("ascii") if declared else "utf-8"):
        try:
            return _lines(content.decode(name))
        except (UnicodeDecodeError, LookupError):
            continue
    guess = from_bytes(content, cp_isolation=["cp1252", "latin_1"]).best()
    return _lines(str(guess) if guess else content.decode("latin-1"))


def is_html(text: str) -> bool:
    """Whether the text is a web page rather than plain text."""
    return bool(re.search(r"<(!doctype html|html|head|body|div|p|h\d)\b", text[:4096], re.IGNORECASE))


def from_html(text: str) -> list[Block]:
    """The blocks of a web page. Raises ExtractError if it has no content."""
    page = _tree(text)
    blocks = list(_blocks(_content(page, text)))
    numbers = {number for block in blocks for number in PHONE.findall(block.text)}
    outside = [block for block in _blocks(page) if not set(PHONE.findall(block.text)) <= numbers]
    if not blocks and not outside:
        raise ExtractError("the page has no content")
    return [*dict.fromkeys(outside), *blocks]


def from_text(text: str, furniture: Iterable[str] = ()) -> list[Block]:
    """The blocks of a plain text: parted by empty lines, but for list items and headings, which are lines.

    Lines that begin with one of `furniture` are left out. Raises ExtractError if nothing is left.
    """
    skipped = tuple(furniture)
    blocks: list[Block] = []
    for chunk in re.split(r"\n[^\S\n]*\n", text):
        lines = [
            line for line in chunk.split("\n") if line.strip() and not (skipped and line.strip().startswith(skipped))
        ]
        blocks.extend(_of_lines(lines))
    if not blocks:
        raise ExtractError("the text is empty")
    return blocks


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _of_lines(lines: list[str]) -> Iterable[Block]:
    if lines and all(_is_heading(line) for line in lines):
        yield from (Block("heading", line.strip()) for line in lines)
        return
    joined: list[str] = []
    for line in lines:
        if _BULLET.match(line):
            if joined:
                yield Block("paragraph", "\n".join(joined))
                joined = []
            yield Block("bullet", _BULLET.sub("", line).strip())
        else:
            joined.append(line.strip())
    if joined:
        yield Block("paragraph", "\n".join(joined))


def _is_heading(line: str) -> bool:
    words = line.split()
    return (
        not _BULLET.match(line)
        and len(words) <= _HEADING_WORDS
        and line.rstrip()[-1] not in ".:;,!"
        and not PHONE.search(line)
    )


def _tree(text: str) -> html.HtmlElement:
    if not text.strip():
        raise ExtractError("the page is empty")
    tree = html.document_fromstring(text.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8"))
    etree.strip_elements(tree, *_SILENT, with_tail=False)
    for line_break in tree.iter("br"):
        line_break.tail = f"\n{line_break.tail or ''}"
    return tree


def _content(page: html.HtmlElement, text: str) -> html.HtmlElement:
    """The element that holds what the page says."""
    for path in ("//main", "//*[@role='main']", "//article"):
        if found := page.xpath(path):
            return found[0]
    try:
        return _tree(Document(text, min_text_length=5, retry_length=50).summary(html_partial=True))
    except Unparseable as error:
        raise ExtractError("the page cannot be read") from error


def _blocks(root: html.HtmlElement) -> Iterable[Block]:
    """The innermost elements that make a block, in order; navigation and breadcrumbs are none."""
    for element in root.iter():
        if element.tag not in _BLOCK_TAGS or any(True for _ in element.iterdescendants(*_BLOCK_TAGS)):
            continue
        said = _plain(" ".join(element.itertext()) if element.tag == "tr" else element.text_content())
        if not said or " > " in said or " » " in said or any(up.tag in _FURNITURE for up in element.iterancestors()):
            continue
        tag = str(element.tag)
        kind: Kind = "heading" if re.fullmatch(r"h[1-6]", tag) else "bullet" if tag == "li" else "paragraph"
        yield Block(kind, said)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
