"""Yes, no, not sure, refusals: read only when they open a message."""

from __future__ import annotations

import pytest

from triage import extract
from triage.model import Reply

YES, NO, UNSURE, REFUSE, NOW = Reply.YES, Reply.NO, Reply.UNSURE, Reply.REFUSE, Reply.NOW


@pytest.mark.parametrize(
    "message, reply",
    [
        ("That is not what I said", Reply.CORRECTION),
        ("you misunderstood me", Reply.CORRECTION),
        ("yes", YES),
        ("Yes!", YES),
        ("yeah a little", YES),
        ("um, well, yes", YES),
        ("yes but only a bit", YES),
        ("I do", YES),
        ("It is.", YES),
        ("no", NO),
        ("NO.", NO),
        ("nope", NO),
        ("not really", NO),
        ("well, um, no", NO),
        ("no thank you", NO),
        ("I do not", NO),
        ("not sure", UNSURE),
        ("I don't know", UNSURE),
        ("maybe", UNSURE),
        ("yes, maybe", UNSURE),
        ("I'm not sure", UNSURE),
        ("can't tell", UNSURE),
        ("stop asking me this", REFUSE),
        ("I'd rather not say", REFUSE),
        ("skip", REFUSE),
        ("it is happening now", NOW),
        ("it came back", NOW),
        ("", None),
        ("...", None),
        ("!!! - ,", None),
        ("hello", None),
        ("my back hurts", None),
        ("What are the symptoms?", None),
        ("I am so scared", None),
        ("the doctor said yes", None),
        ("a b c d e f yes", None),
    ],
)
def test_a_message_is_read_as_this_answer(message: str, reply: Reply | None) -> None:
    assert extract(message).reply is reply


@pytest.mark.parametrize("message", ["no... well, my foot drags", "No, but I can't pee"])
def test_a_no_with_a_flag_is_a_no_and_a_finding(message: str) -> None:
    extraction = extract(message)
    assert extraction.reply is NO
    assert any(finding.counts for finding in extraction.findings)
