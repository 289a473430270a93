"""Learn the page net anew: `make page-net`. Twenty minutes on two cores; writes data/page/adapter.npz and .json."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Final

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

from assistant import adapter, minilm  # noqa: E402
from assistant.minilm import MiniLM  # noqa: E402
from assistant.page_net import FOLDER, PageNet  # noqa: E402
from net_training.examples import Example  # noqa: E402
from net_training.learning import Settings, learn, score, temperature, tokenizer_for  # noqa: E402
from net_training.network import Network  # noqa: E402
from net_training.noise import noisy  # noqa: E402
from pages.answering import NONE  # noqa: E402
from pages.asked import Asked  # noqa: E402
from pages.content import Page, load_pages  # noqa: E402
from pages.retrieval import FloatArray, Retrieval, places_of  # noqa: E402

SCALE: Final = 2.0
LEAST: Final = 6  # questions that an answer needs to become a class of its own
SETTINGS: Final = Settings(rate=1e-3, batch=16)
EPOCHS: Final = (8, 12)  # a short and a long learning from the same start; the mean of the two errs less than either


def main() -> int:
    """Learn, calibrate, write; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m net_training.page", description=__doc__)
    parser.add_argument("--epochs", type=int, nargs="+", default=EPOCHS, help="of each learning (default: 8 12)")
    epochs = parser.parse_args().epochs
    learnt_from = adapter.examples_hash(FOLDER)  # before reading: what changes meanwhile was not learnt
    pages = load_pages(FOLDER)
    examples = [Example(asked.question, label(page, asked)) for page in pages for asked in page.asked]
    counts = Counter(example.label for example in examples)
    classes = (NONE, *sorted(name for name, count in counts.items() if name != NONE and count >= LEAST))
    examples = [example for example in examples if example.label in classes]
    kept = [example for example in examples if example.is_held_out]
    learnt = [example for example in examples if not example.is_held_out]
    weights, shape = minilm.pinned_weights()
    tokenizer = tokenizer_for(PageNet.WINDOW)
    print(f"Learning {len(classes)} answers from {len(learnt)} questions ...", flush=True)
    learnings = []
    for settings in (replace(SETTINGS, epochs=count) for count in epochs):
        network = Network(weights, shape, len(classes), rank=settings.rank, scale=SCALE, seed=settings.seed)
        learn(network, tokenizer, learnt, classes, settings, partial(print, flush=True), lambda e, c: noisy(e, (), c))
        learnings.append(network.arrays())
    network.restore({name: np.mean([arrays[name] for arrays in learnings], axis=0) for name in learnings[0]})
    scores = score(network, tokenizer, [example.text for example in kept])
    record = adapter.save(
        FOLDER,
        network.arrays(),
        examples_sha256=learnt_from,
        base_sha256=minilm.WEIGHTS_SHA256,
        labels=classes,
        scale=SCALE,
        temperature=round(temperature(scores, [example.label for example in kept], classes), 4),
        trained_on=len(learnt),
        calibrated_on=len(kept),
        settings={**asdict(SETTINGS), "epochs": list(epochs), "likeness": likeness_weights(pages)},
    )
    print(f"Wrote {adapter.ARRAYS_FILE} ({record.arrays_sha256[:12]}); temperature {record.temperature}.", flush=True)
    return 0


def label(page: Page, asked: Asked) -> str:
    """The class of a question: the page and the sentences that answer it, or `none`."""
    return f"{page.id}/{'+'.join(sorted(asked.facts))}" if asked.answerable else NONE


def likeness_weights(pages: list[Page]) -> list[float]:
    """Weights of the signals of `pages.retrieval`, and the offset, learnt on the pages that have questions."""
    signals: list[FloatArray] = []
    answerable: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        encoder = MiniLM.build(Path(folder))
    for page in pages:
        places = places_of([page])
        retrieval = Retrieval(places, encoder.encode([place.text for place in places]))
        for asked in page.asked:
            if hit := retrieval.find(asked.question, encoder.encode_one(asked.question)):
                signals.append(hit.signals)
                answerable.append(asked.answerable)
    fused = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(np.stack(signals), answerable)
    return [round(float(weight), 5) for weight in (*fused.coef_[0], fused.intercept_[0])]


if __name__ == "__main__":
    sys.exit(main())
