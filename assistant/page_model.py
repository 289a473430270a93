"""Everything that answers from the pages, built once and kept in the trained model: content, page net, search index."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from assistant import adapter, model_archive
from assistant.minilm import MiniLM
from assistant.minilm_graph import FloatArray
from assistant.page_net import PageNet
from pages.answering import Answerer, PageAnswer, unlearnt
from pages.asked import FOLDER as ASKED
from pages.content import content_hash, load_pages
from pages.dialogue import Last, answers_to
from pages.retrieval import places_of

CONTENT_FOLDER: Final = "content"
NET_FOLDER: Final = "net"
INDEX_FILE: Final = "index.npz"
RECORD_FILE: Final = "index.json"


class PageModelError(RuntimeError):
    """A saved page model cannot be used: it is missing, or the content beside it is not what it was built from."""


class PageModel:
    """The pages, answering. Immutable; safe to use from several threads."""

    def __init__(self, answerer: Answerer, net: PageNet, classes: list[str]) -> None:
        self._answerer, self._net, self._classes = answerer, net, classes

    @classmethod
    def build(cls, root: Path, folder: Path, encoder: MiniLM) -> PageModel:
        """Write all of it into `folder` (24 MB, two seconds) from the pages and the page net below `root`, and load it.

        Raises PageError on content that does not check, AdapterError without a usable page net.
        """
        record = adapter.read_record(root)
        places = places_of(unlearnt(load_pages(root), record.labels))
        left_out = shutil.ignore_patterns("adapter.*", ASKED)  # what learning needs and answering does not
        shutil.copytree(root, folder / CONTENT_FOLDER, dirs_exist_ok=True, ignore=left_out)
        PageNet.build(folder / NET_FOLDER, root)
        np.savez(folder / INDEX_FILE, vectors=encoder.encode([place.text for place in places]))
        kept = {
            "content": content_hash(folder / CONTENT_FOLDER),
            "classes": list(record.labels),
            "weights": record.settings["likeness"],
        }
        (folder / RECORD_FILE).write_text(json.dumps(kept, indent=1), "utf-8")
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> PageModel:
        """Read what `build` wrote. Raises PageModelError if its parts do not belong together."""
        try:
            kept = json.loads((folder / RECORD_FILE).read_text("utf-8"))
            if kept["content"] != content_hash(folder / CONTENT_FOLDER):
                raise PageModelError(f"{folder}: the content was changed after the index was built")
            with np.load(folder / INDEX_FILE, allow_pickle=False) as saved:
                vectors = saved["vectors"]
            pages = load_pages(folder / CONTENT_FOLDER)
            answerer = Answerer(pages, kept["classes"], vectors, np.array(kept["weights"]))
            return cls(answerer, PageNet.load(folder / NET_FOLDER), kept["classes"])
        except (OSError, KeyError, ValueError) as error:
            raise PageModelError(f"{folder}: the page model cannot be read ({type(error).__name__})") from error

    def answers(
        self,
        message: str,
        encode: Callable[[str], FloatArray],
        last: Last | None = None,
        whole: FloatArray | None = None,
    ) -> list[PageAnswer]:
        """An answer for each question of the message. `encode` embeds a text; `whole` is the message's own embedding."""

        def one(question: str) -> PageAnswer:
            embedding = whole if whole is not None and question == message else encode(question)
            return self._answerer.answer(
                question, embedding, dict(zip(self._classes, self._net.chances(question), strict=True))
            )

        return answers_to(message, last, one, self._answerer.more)


def as_message(answers: list[PageAnswer]) -> dict[str, Any]:
    """How answers travel on a message, JSON types: the first answer, and all of them under `answers`."""
    found = [answer for answer in answers if answer.answerable]
    first = (found or answers)[0].as_dict()
    return {**first, "answers": [answer.as_dict() for answer in found], "left_open": len(answers) - len(found)}


def last_of(page: dict[str, Any]) -> Last | None:
    """The last answer of a message that `as_message` made."""
    if not page.get("answers"):
        return None
    answer = page["answers"][-1]
    return Last(answer["question"], answer["page"], answer["section"], tuple(answer["numbers"]))


def load_from_model(model: Path) -> tuple[PageModel, MiniLM]:
    """The page model of a trained model (the .tar.gz) and its encoder, without Rasa.

    Raises FileNotFoundError if there is no such model, PageModelError if it cannot answer from a page.
    """
    with model_archive.unpacked(model, "PageAnswerer", "SentenceEncoder") as components:
        indexes = sorted(components.glob(f"*PageAnswerer*/{RECORD_FILE}"))
        encoders = sorted(components.glob("*SentenceEncoder*/model.onnx"))
        if not indexes or not encoders:
            raise PageModelError(
                "the model has no page index or no sentence encoder: train it with the project's config.yml"
            )
        return PageModel.load(indexes[0].parent), MiniLM.load(encoders[0].parent)
