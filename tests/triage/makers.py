"""Short ways to build findings and turns, and Hypothesis strategies of them."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import settings
from hypothesis import strategies as st

from triage.data import CONCLUDED, clinical_data
from triage.extract import extract
from triage.model import Extraction, Finding, Person, Reply, Status, Time
from triage.schema import ClinicalData
from triage.state import Turn
from triage.suspicion import Estimate

# The same examples in every run: a build must not fail by chance. `thorough` costs a few seconds.
quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)
thorough = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def finding(
    concept: str,
    status: Status = Status.PRESENT,
    time: Time = Time.NOW,
    person: Person = Person.SELF,
    row: str = "",
) -> Finding:
    """A finding without a text behind it."""
    return Finding(concept, status, time, person, concept, 0, len(concept), "made.1", row)


def present(concepts: Iterable[str]) -> tuple[Finding, ...]:
    """Each concept as said by the writer about now."""
    return tuple(finding(concept) for concept in concepts)


def only_finding(message: str, concept: str) -> Finding:
    """The one finding of this concept that is read in `message`."""
    return next(finding for finding in extract(message).findings if finding.concept == concept)


def counting(message: str) -> set[str]:
    """The concepts of the findings in `message` that count: present, of now, of somebody."""
    return {finding.concept for finding in extract(message).findings if finding.counts}


def said(text: str, topic: str | None = None) -> Turn:
    """A message as the core reads it, with the intent that a model might see."""
    return Turn(extract(text), topic)


def stated(*concepts: str, topic: str | None = None, reply: Reply | None = None) -> Turn:
    """A turn that states `concepts`."""
    return Turn(Extraction(present(concepts), reply), topic)


def all_concepts(data: ClinicalData) -> list[str]:
    """Every concept a finding of this data can have."""
    said_ones = {rule.concept for rule in data.findings}
    derived = {name for rule in data.findings for name in (rule.when_chronic, rule.without_cancer) if name}
    asked = {name for question in data.questions for name in (question.concept, question.unsure) if name}
    return sorted(said_ones | derived | asked | CONCLUDED)


CONCEPTS = st.deferred(lambda: st.sampled_from(all_concepts(clinical_data())))
FINDINGS = st.builds(
    finding, CONCEPTS, st.sampled_from(Status), st.sampled_from(Time), st.sampled_from(Person), st.just("")
)
COUNTING = st.builds(
    finding, CONCEPTS, st.sampled_from([Status.PRESENT, Status.UNKNOWN]), st.just(Time.NOW), st.sampled_from(Person)
)
TOPICS = st.sampled_from(
    [
        None,
        "nlu_fallback",
        "out_of_scope",
        "ask_page",
        "ask_warning_signs",
        "request_appointment",
        "report_back_pain",
        "report_weakness",
        "inform_history",
        "refuse_questions",
        "thank",
    ]
)
ESTIMATES = st.builds(lambda a, b, c: Estimate(a / 3, b / 3, c / 3), *[st.floats(0, 1)] * 3)
TURNS = st.builds(
    lambda findings, reply, topic, failed, estimate: Turn(Extraction(tuple(findings), reply, failed), topic, estimate),
    st.lists(FINDINGS, max_size=3),
    st.none() | st.sampled_from(Reply),
    TOPICS,
    st.booleans(),
    st.none() | ESTIMATES,
)
# Messages with all that people (and their phones) put into them; mostly near the vocabulary, sometimes anything.
_PIECES = st.sampled_from(
    "my legs are numb weak i can't feel cannot pee years ago if never had cancer back pain no not sure yes but and "
    "mom since 2019 101.5 l e g s . , ? ! - \n ... 's kan't feeeeel legggs numbbb bakc pain".split(" ")
    + [
        "\n\n",
        "\u200b",
        "’",
        "“",
        "ｌｅｇｓ",
        "lеgs",
        "é",
        "🦵",
        "👩‍⚕️",
        "\x00",
        "\ud800",
        "²",
        "①",
        "ﬁ",
        "İ",
        "ß",
        "_",
        "\t",
    ]
)
MESSAGES = st.one_of(
    st.lists(_PIECES, max_size=25).map(" ".join),
    st.lists(_PIECES, max_size=25).map("".join),
    st.text(max_size=60),
)

# Turns of few words.
YES, NO, UNSURE, REFUSE = (Turn(Extraction(reply=reply)) for reply in (Reply.YES, Reply.NO, Reply.UNSURE, Reply.REFUSE))
MUMBLE = Turn(Extraction(), "nlu_fallback")
BACK = stated("back_pain")
