"""The counts of a message are those of Rasa's own featurizer; nothing is counted that nobody reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.constants import INTENT, RESPONSE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.sentence_ngrams import SentenceNGrams

PIECES = {"analyzer": "char_wb", "min_ngram": 2, "max_ngram": 4}


def read(kind: type[CountVectorsFeaturizer], folder: Path, text: str) -> Message:
    """A message as a featurizer of this kind leaves it, trained on two others."""
    folder.mkdir(exist_ok=True)
    examples = TrainingData([Message({TEXT: t, INTENT: t[:2]}) for t in ("my legs are numb", "hello there")])
    tokenizer = WhitespaceTokenizer(WhitespaceTokenizer.get_default_config())
    tokenizer.process_training_data(examples)
    featurizer = kind.create(
        {**kind.get_default_config(), **PIECES},
        LocalModelStorage.create(folder),
        Resource("pieces"),
        ExecutionContext(GraphSchema({}), node_name="pieces"),
    )
    featurizer.train(examples)
    message = Message({TEXT: text})
    featurizer.process(tokenizer.process([message]))
    return message


@pytest.mark.parametrize("text", ["my legs hello", "numbb", "zzz"])
def test_the_counts_of_a_message_are_those_of_rasas_featurizer(text: str, tmp_path: Path) -> None:
    (_, theirs), (_, ours) = (
        read(kind, tmp_path / kind.__name__, text).get_sparse_features(TEXT)
        for kind in (CountVectorsFeaturizer, SentenceNGrams)
    )
    assert theirs is not None and ours is not None
    assert (theirs.features != ours.features).nnz == 0


def test_single_words_are_not_counted(tmp_path: Path) -> None:
    sequence, _ = read(SentenceNGrams, tmp_path, "my legs are numb").get_sparse_features(TEXT)
    assert sequence is None


def test_what_a_message_does_not_have_gets_no_counts(tmp_path: Path) -> None:
    assert read(SentenceNGrams, tmp_path, "my legs").get_sparse_features(RESPONSE) == (None, None)
