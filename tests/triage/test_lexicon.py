"""The notation of the vocabulary."""

from __future__ import annotations

import pytest

from triage.errors import DataError
from triage.lexicon import build, expand


@pytest.mark.parametrize(
    "entry, phrases",
    [
        ("back", ["back"]),
        ("climb~", ["climb", "climbs", "climbed", "climbing"]),
        ("drag~", ["drag", "drags", "dragged", "dragging"]),
        ("trip~", ["trip", "trips", "tripped", "tripping"]),
        ("collapse~", ["collapse", "collapses", "collapsed", "collapsing"]),
        ("deny~", ["deny", "denies", "denied", "denying"]),
        ("spray~", ["spray", "sprays", "sprayed", "spraying"]),
        ("push~", ["push", "pushes", "pushed", "pushing"]),
        ("radiate~ down", ["radiate down", "radiates down", "radiated down", "radiating down"]),
        ("leg~s", ["leg", "legs"]),
        ("crutch~s", ["crutch", "crutches"]),
        ("extremity~s", ["extremity", "extremities"]),
        ("toy~s", ["toy", "toys"]),
        ("(my|his) leg", ["my leg", "his leg"]),
        ("(my)? leg~s", ["my leg", "my legs", "leg", "legs"]),
        ("(a|b) (c|d)?", ["a c", "a d", "a", "b c", "b d", "b"]),
    ],
)
def test_an_entry_stands_for_its_phrases(entry: str, phrases: list[str]) -> None:
    assert expand(entry) == phrases


def test_a_class_holds_phrases_as_plain_words() -> None:
    assert build({"weak": "can't stand, weak,, "}, "v")["weak"] == {("can", "not", "stand"), ("weak",)}


def test_a_class_may_hold_another_that_stands_below_it() -> None:
    built = build({"limb": "<leg>, arm", "leg": "leg~s"}, "v")
    assert built["limb"] == {("leg",), ("legs",), ("arm",)}
    assert built["leg"] == {("leg",), ("legs",)}


@pytest.mark.parametrize(
    "vocabulary, message",
    [
        ({"limb": "<leg>"}, "v.yml: class 'leg' is used in 'limb' but never defined"),
        ({"a": "<b>", "b": "<c>", "c": "<a>"}, "v.yml: class 'a' contains itself"),
        ({"a": "<a>"}, "v.yml: class 'a' contains itself"),
    ],
)
def test_a_class_that_is_missing_or_circular_is_refused(vocabulary: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        build(vocabulary, "v.yml")


@pytest.mark.parametrize("entry", ["lost <number> pounds", "between (my legs", "my) legs"])
def test_an_entry_that_could_never_be_read_is_refused(entry: str) -> None:
    with pytest.raises(DataError, match="has a <class> inside or an open bracket"):
        build({"a": entry}, "v.yml")
