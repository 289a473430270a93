"""The loader of the clinical data: what is wrong is refused by file and line, what is right is complete."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from spoiling import change, line_of, refused

from triage import examples, lexicon
from triage.data import DATA_FOLDER, hash_of, load
from triage.errors import DataError
from triage.extract import Extractor
from triage.schema import ClinicalData

FLU = """
- concept: flu
  row: A2
  plain: the flu
  source: a test
  certainty: judgement
  says: [{says}]
  examples: [my leg has the flu]
"""


# ---- the repository's own data ------------------------------------------------------------------------------------


def test_every_finding_is_found_in_its_examples_and_not_in_its_counterexamples(data: ClinicalData) -> None:
    examples.check(data)


@pytest.mark.parametrize("name", ["vocabulary.yml", "cues.yml"])
def test_no_entry_repeats_what_other_entries_of_its_class_say(name: str) -> None:
    repeated = []
    for word_class, text in yaml.safe_load((DATA_FOLDER / name).read_text("utf-8")).items():
        entries = [entry.strip() for entry in text.split(",")]
        phrases = [set(lexicon.expand(entry)) for entry in entries]
        for i, entry in enumerate(entries):
            others = set().union(*phrases[:i], *phrases[i + 1 :])
            repeated += [f"{word_class}: {entry}"] if phrases[i] <= others else []
    assert repeated == []


def test_every_finding_has_plain_words_a_source_and_an_example(data: ClinicalData) -> None:
    lacking = [
        rule.concept for rule in data.findings if not (rule.plain.strip() and rule.source.strip() and rule.examples)
    ]
    assert lacking == []


def test_every_row_has_a_source(data: ClinicalData) -> None:
    assert [row.id for row in data.rows if not row.source.strip()] == []


def test_the_phone_numbers_are_those_of_the_page_and_the_two_national_lines(data: ClinicalData) -> None:
    assert {id_: entry["number"] for id_, entry in data.contacts.items()} == {
        "appointments": "201-634-5339",
        "neuro_oncology": "201-634-5585",
        "emergency": "911",
        "crisis": "988",
    }


def test_a_number_dials_what_it_shows(data: ClinicalData) -> None:
    for entry in data.contacts.values():
        digits = entry["number"].replace("-", "")
        assert entry["tel"] == (f"tel:+1{digits}" if len(digits) == 10 else f"tel:{digits}")


def test_the_questions_come_in_the_order_of_the_clinical_basis(data: ClinicalData) -> None:
    order = ["legs", "bladder_bowel", "saddle", "cancer", "pain_pattern", "fever_injury"]
    assert [question.id for question in data.questions] == order


def test_back_pain_alone_starts_the_questions(data: ClinicalData) -> None:
    assert {"back_pain", "mid_back_pain", "neck_pain"} <= data.start_on


# ---- the version --------------------------------------------------------------------------------------------------


def test_the_version_is_the_same_for_the_same_bytes(small_data: Path, tmp_path: Path) -> None:
    twin = Path(shutil.copytree(small_data, tmp_path / "twin"))
    assert load(small_data).version == load(twin).version == hash_of(twin)


def test_the_versionchanges_with_any_byte(small_data: Path) -> None:
    before, path = hash_of(small_data), small_data / "contacts.yml"
    path.write_bytes(path.read_bytes() + b"# one more remark\n")
    assert hash_of(small_data) != before


def test_the_versionchanges_with_a_file_name(small_data: Path) -> None:
    before, path = hash_of(small_data), small_data / "findings" / "pain.yml"
    path.rename(path.with_name("pains.yml"))
    assert hash_of(small_data) != before


# ---- findings -----------------------------------------------------------------------------------------------------


@pytest.fixture
def pain(small_data: Path) -> Path:
    return small_data / "findings" / "pain.yml"


def test_an_unknown_key_of_a_finding_is_refused_at_its_line(small_data: Path, pain: Path) -> None:
    line = change(pain, "  certainty: seen\n", "  certanty: seen\n")
    refused(small_data, f"findings/pain.yml:{line}: unknown key 'certanty'")


@pytest.mark.parametrize("key", ["concept", "row", "plain", "source", "certainty", "says", "examples"])
def test_a_finding_without_a_key_that_it_needs_is_refused(small_data: Path, key: str) -> None:
    keys = [line.removeprefix("- ").strip() for line in FLU.format(says="flu").strip().splitlines()]
    left = [line for line in keys if not line.startswith(f"{key}:")]
    (small_data / "findings" / "flu.yml").write_text("\n- " + "\n  ".join(left) + "\n", "utf-8")
    refused(small_data, f"findings/flu.yml:2: '{key}' is missing")


def test_an_empty_source_is_missing(small_data: Path, pain: Path) -> None:
    change(pain, "source: the hospital page", "source: ''")
    refused(small_data, "findings/pain.yml:3: 'source' is missing")


def test_a_text_that_is_a_number_is_refused(small_data: Path, pain: Path) -> None:
    change(pain, "plain: back pain", "plain: 7")
    refused(small_data, "findings/pain.yml:3: 'plain' must be a text")


def test_a_list_that_is_a_text_is_refused(small_data: Path, pain: Path) -> None:
    change(pain, "examples: [my neck hurts]", "examples: my neck hurts")
    refused(small_data, "findings/pain.yml:", "'examples' must be a list of texts")


def test_a_certainty_that_nobody_defined_is_refused(small_data: Path, pain: Path) -> None:
    change(pain, "certainty: seen", "certainty: sure")
    refused(small_data, "findings/pain.yml:3: certainty 'sure' is none of seen, seen-2nd, recalled, judgement")


def test_ignoring_something_that_cannot_be_ignored_is_refused(small_data: Path, pain: Path) -> None:
    change(pain, "  row: A2\n", "  row: A2\n  ignores: [weather]\n")
    refused(small_data, "findings/pain.yml:3: 'ignores' knows time, chronic, condition, negation, not 'weather'")


def test_a_finding_of_a_row_that_does_not_exist_is_refused(small_data: Path, pain: Path) -> None:
    change(pain, "row: A2", "row: A99")
    refused(small_data, "findings/pain.yml:3: 'back_pain' names row A99")


def test_a_finding_that_stands_twice_in_one_file_or_two_is_refused_at_the_second(small_data: Path) -> None:
    (small_data / "findings" / "zz.yml").write_text(
        FLU.format(says="flu").replace("concept: flu", "concept: back_pain"), "utf-8"
    )
    refused(small_data, "findings/zz.yml:2: 'back_pain' already stands at findings/pain.yml:3")


def test_a_findings_file_that_is_no_list_is_refused(small_data: Path, pain: Path) -> None:
    pain.write_text("concept: back_pain\n", "utf-8")
    refused(small_data, "findings/pain.yml:1: expected a list of entries")


@pytest.mark.parametrize("entry, line", [("just words", 2), ("12", 1), ("[a]", 1)])
def test_an_entry_that_is_no_finding_is_refused(small_data: Path, pain: Path, entry: str, line: int) -> None:
    pain.write_text(f"# findings\n- {entry}\n", "utf-8")
    refused(small_data, f"findings/pain.yml:{line}: expected an entry with keys and values")


# ---- YAML ---------------------------------------------------------------------------------------------------------


def test_a_key_that_stands_twice_is_refused_at_the_second(small_data: Path, pain: Path) -> None:
    line = change(pain, "  plain: neck pain\n", "  plain: neck pain\n  plain: sore neck\n") + 1
    refused(small_data, f"findings/pain.yml:{line}: 'plain' stands here twice")


def test_broken_yaml_is_refused_at_its_line(small_data: Path, pain: Path) -> None:
    line = change(pain, "examples: [my neck hurts]", "examples: [my neck hurts") + 1
    refused(small_data, f"findings/pain.yml:{line}: not readable as YAML")


def test_a_character_that_yaml_does_not_allow_is_refused(small_data: Path) -> None:
    (small_data / "cues.yml").write_bytes(b"yes: \x01\n")
    refused(small_data, "cues.yml:1: not readable as YAML")


def test_bytes_that_are_no_text_are_refused(small_data: Path) -> None:
    (small_data / "cues.yml").write_bytes(b"yes: \xff\n")
    refused(small_data, "cues.yml:1: not UTF-8 text")


@pytest.mark.parametrize("name", ["decisions", "questions", "cues", "contacts", "vocabulary", "findings/pain"])
def test_an_empty_file_is_refused(small_data: Path, name: str) -> None:
    (small_data / f"{name}.yml").write_text("# nothing yet\n", "utf-8")
    refused(small_data, f"{name}.yml:1: the file is empty")


@pytest.mark.parametrize("name", ["decisions", "questions", "cues", "contacts", "vocabulary"])
def test_a_file_that_is_no_mapping_is_refused(small_data: Path, name: str) -> None:
    (small_data / f"{name}.yml").write_text("- a\n- b\n", "utf-8")
    refused(small_data, f"{name}.yml:1: expected")


# ---- patterns, vocabulary and examples ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern, message",
    [
        ("leg ....", "'....' is neither a word, a <class>, '_', '..' nor '...'"),
        ("leg <NUMB>", "'<NUMB>' is neither"),
        (".. leg", "a gap can only stand between two places"),
        ("leg ..", "a gap can only stand between two places"),
        ("''", "a gap can only stand between two places"),
        ("leg? _", "at least one word or class must be required"),
        ("<no_such_class> leg", "nothing belongs to no_such_class"),
    ],
)
@pytest.mark.parametrize("key", ["says", "except"])
def test_a_pattern_that_means_nothing_is_refused_at_its_line(
    small_data: Path, key: str, pattern: str, message: str
) -> None:
    text = FLU.format(says="flu") + f"  except:\n    - flu shot\n    - {pattern}\n"
    if key == "says":
        text = FLU.format(says="flu").replace("  says: [flu]\n", f"  says:\n    - flu\n    - {pattern}\n")
    path = small_data / "findings" / "flu.yml"
    path.write_text(text, "utf-8")
    line = line_of(path, f"- {pattern}")
    refused(small_data, f"findings/flu.yml:{line}: pattern", message)


def test_a_class_that_is_not_defined_is_refused_where_it_is_used(small_data: Path) -> None:
    path = small_data / "vocabulary.yml"
    line = change(path, "\nleg: ", "\nleg: <tail>, ") + 1
    refused(small_data, f"vocabulary.yml:{line}: class 'tail' is used in 'leg' but never defined")


def test_a_class_that_contains_itself_is_refused_where_it_does(small_data: Path) -> None:
    path = small_data / "vocabulary.yml"
    line = change(path, "\nleg: ", "\nleg: <lower_limb>, ") + 1
    with pytest.raises(DataError, match=r"vocabulary.yml:\d+: class '(leg|lower_limb)' contains itself") as error:
        lexicon.build(load(small_data).vocabulary, "vocabulary.yml")
    assert f":{line}:" in str(error.value) or f":{line_of(path, 'lower_limb: ')}:" in str(error.value)


@pytest.mark.parametrize("name", ["vocabulary", "cues"])
def test_a_class_whose_words_are_a_list_is_refused(small_data: Path, name: str) -> None:
    (small_data / f"{name}.yml").write_text("leg: leg~s\nfoot: [foot, feet]\n", "utf-8")
    refused(small_data, f"{name}.yml:2: 'foot' must be words separated by commas")


def test_an_example_that_its_finding_does_not_read_is_refused_at_its_line(small_data: Path, pain: Path) -> None:
    line = change(pain, "    - my poor back is killing me\n", "    - my hat is killing me\n")
    refused(small_data, f"findings/pain.yml:{line}: 'back_pain' is not found in its example 'my hat is killing me'")


def test_a_counterexample_that_its_finding_does_read_is_refused_at_its_line(small_data: Path) -> None:
    path = small_data / "findings" / "flu.yml"
    path.write_text(FLU.format(says="flu") + "  not_examples:\n    - no flu\n    - the flu again\n", "utf-8")
    line = line_of(path, "- no flu")
    refused(small_data, f"findings/flu.yml:{line}: 'flu' is found in 'no flu', which it must not read")


def test_a_new_finding_works_as_soon_as_it_is_written(small_data: Path) -> None:
    (small_data / "findings" / "flu.yml").write_text(FLU.format(says="<leg> .. flu"), "utf-8")
    data = load(small_data)
    examples.check(data)
    assert [f.concept for f in Extractor(data).read("my left leg got the flu").findings] == ["flu"]
