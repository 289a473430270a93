"""What each command of `spine-triage` does. Heavy imports stay inside: `--help` answers at once."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, Iterable, Iterator, TypeVar

from assistant import jsonl

T = TypeVar("T")


def assess(options: argparse.Namespace) -> int:
    """Judge one message and print the judgement as JSON."""
    from assistant import in_process

    _print_json(asyncio.run(in_process.load(options.model).assess(options.text)))
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Score labelled messages, print the measures and every miss, and write them as JSON when asked."""
    from assistant import evaluate_rows, evaluation, training
    from assistant.data_versions import data_versions
    from assistant.settings import ROOT

    rows = jsonl.read(options.file, {"text": jsonl.TEXT, "level": jsonl.one_of(evaluation.GOLD_LABELS)})
    record = training.verify_model(options.model or ROOT / "models" / training.MODEL_NAME)
    judged = evaluate_rows.judged(rows, options.model)
    items = [
        evaluation.Item(
            id=str(row.get("id", number)),
            text=row["text"],
            gold=row["level"],
            predicted=one["level"],
            reasons=tuple(one["reasons"]),
            ambiguous=bool(row.get("ambiguous")),
        )
        for number, (row, one) in enumerate(zip(rows, progress(judged, "messages", len(rows)), strict=True), 1)
    ]
    _print(evaluation.report(items))
    if options.json:
        listed = [{"id": i.id, "gold": i.gold, "predicted": i.predicted, "reasons": list(i.reasons)} for i in items]
        versions = {**data_versions(), "model": record.archive_sha256[:12]}
        content = {"summary": evaluation.summary(items, versions), "items": listed}
        jsonl.write_whole(options.json, json.dumps(content, indent=2) + "\n")
    return 0


def ask(options: argparse.Namespace) -> int:
    """Answer a question from the page alone and print the answer as JSON."""
    from assistant import page_model, training
    from assistant.page_reply import answers_text
    from assistant.settings import ROOT

    model = options.model or ROOT / "models" / training.MODEL_NAME
    training.verify_model(model)
    pages, encoder = page_model.load_from_model(model)
    page = page_model.as_message(pages.answers(options.question, encoder.encode_one))
    said = page["answers"]
    _print_json(
        {
            "answerable": bool(said),
            "answer": answers_text(said) if said else None,
            "sentences": [sentence for answer in said for sentence in answer["sentences"]],
            "section": page["section"],
            "page": page["page"],
            "score": page["score"],
            "left_open": page["left_open"],
        }
    )
    return 0


def converse(options: argparse.Namespace) -> int:
    """Play conversations through the real agent and print each with the replies as one JSON line."""
    from assistant import in_process

    rows = jsonl.read(options.file, {"turns": jsonl.TEXTS})
    assistant = in_process.load(options.model)

    async def play(row: dict[str, Any]) -> dict[str, Any]:
        conversation = assistant.new_conversation()
        turns = []
        for text in row["turns"]:
            messages, state = await assistant.say(conversation, text)
            turns.append(
                {
                    "user": text,
                    "bot": [message["text"] for message in messages],
                    "buttons": [button["title"] for m in messages for button in m.get("buttons") or []],
                    "level": state.level.name,
                    "next_question": state.next_question,
                    "reasons": list(state.decision.reasons),
                }
            )
        return {"id": row.get("id"), "turns": turns}

    async def play_all() -> None:
        for row in progress(rows, "conversations"):
            _print_json(await play(row), indent=None)

    asyncio.run(play_all())
    return 0


def chat(options: argparse.Namespace) -> int:
    """Talk in the terminal until an empty line or the end of input."""
    print("Loading ...", file=sys.stderr)
    from assistant import in_process

    assistant = in_process.load(options.model)
    conversation = assistant.new_conversation()
    print("In an emergency call 911. Type your message; an empty line ends the chat.")

    with asyncio.Runner() as runner:
        while True:
            try:
                # Outside of the loop, which would keep Ctrl-C from ending the wait for a line.
                text = input("you: ")
            except EOFError:
                return 0
            if not text.strip():
                return 0
            messages, _ = runner.run(assistant.say(conversation, text))
            for message in messages:
                _print("bot: " + message["text"].replace("\n", "\n     "))
                for button in message.get("buttons") or []:
                    _print(f"     [{button['title']}]")


def serve(options: argparse.Namespace) -> int:
    """Train when needed, start everything, and keep it running until Ctrl-C."""
    from assistant import supervisor

    return supervisor.main([])


def train(options: argparse.Namespace) -> int:
    """Train when something the model depends on has changed."""
    from assistant import training

    return training.main(["--force"] if options.force else [])


def check(options: argparse.Namespace) -> int:
    """Check the clinical data with all its examples; a mistake is an error with file and line."""
    from triage import clinical_data, examples

    data = clinical_data()
    examples.check(data)
    told = sum(len(rule.examples) + len(rule.not_examples) for rule in data.findings)
    _print(
        f"{len(data.findings)} findings, {len(data.rows)} rows, {told} examples: all hold (clinical data {data.version})."
    )
    return 0


def verify_audit(options: argparse.Namespace) -> int:
    """Check the chain of audited decisions; the first line that does not hold is an error with file and line."""
    from assistant import audit_chain
    from assistant.settings import AUDIT_DIR, ROOT

    folder = options.folder or Path(os.environ.get(AUDIT_DIR) or ROOT / "var" / "audit")
    try:
        held = audit_chain.verify(folder)
    except audit_chain.BrokenChain as error:
        print(f"spine-triage: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"spine-triage: the audit cannot be read: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    _print(f"{held.lines} decisions in {held.files} files, all as they were written. The last line: {held.sha256}")
    return 0


def progress(items: Iterable[T], unit: str, total: int | None = None, done: int = 0) -> Iterable[T]:
    """`items` with a progress bar on stderr once they take over two seconds, in a terminal; `done` of `total` were before."""
    from tqdm import tqdm

    bar: Iterator[T] = iter(
        tqdm(items, total=total, initial=done, unit=f" {unit}", delay=2, file=sys.stderr, disable=None)
    )
    return bar


def _print_json(value: dict[str, Any], indent: int | None = 2) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    if text != _printable(text):
        text = json.dumps(value, indent=indent)
    print(text, flush=True)


def _print(text: str) -> None:
    print(_printable(text), flush=True)


def _printable(text: str) -> str:
    """`text` with escapes for what stdout cannot show: half a character pair, or letters the terminal does not know."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
