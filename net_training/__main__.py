"""Learn the second net anew: `make net`. An hour on two cores; writes data/net/adapter.npz and .json."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


from assistant import adapter, minilm  # noqa: E402
from assistant.suspicion import Suspicion  # noqa: E402
from net_training.examples import KNOWN, ExamplesError, read_examples, read_intents, read_page_questions  # noqa: E402
from net_training.learning import Settings, learn, score, temperature, tokenizer_for  # noqa: E402
from net_training.network import Network  # noqa: E402
from net_training.noise import LONG, noisy  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
SCALE = 2.0
LONG_TIMES = 4


def main() -> int:
    """Learn, calibrate, write; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m net_training", description=__doc__)
    parser.add_argument("--continue", dest="go_on", action="store_true", help="start from the adapter that is there")
    parser.add_argument(
        "--average",
        action="store_true",
        help="with --continue: keep the mean of the adapter before and after, which errs less than either",
    )
    parser.add_argument(
        "--epochs", type=int, default=Settings.epochs, help="times that every message is seen (default: %(default)s)"
    )
    options = parser.parse_args()
    settings = Settings(epochs=options.epochs)
    learnt_from = adapter.examples_hash()  # before reading: what changes meanwhile was not learnt
    try:
        examples = read_examples(adapter.FOLDER)
    except ExamplesError as error:
        print(error, file=sys.stderr)
        return 1
    kept = [example for example in examples if example.is_held_out]
    learnt = [example for example in examples if not example.is_held_out]
    learnt += read_intents(ROOT / "data" / "nlu") + read_page_questions(ROOT / "data" / "page")
    # Long harmless messages are rare here and are read in several windows later: each is learnt from several places.
    learnt += LONG_TIMES * [example for example in learnt if example.label == "none" and len(example.text) > LONG]
    weights, shape = minilm.pinned_weights()
    network = Network(weights, shape, len(adapter.LABELS), rank=settings.rank, scale=SCALE, seed=settings.seed)
    started_from, before = "", None
    if options.go_on:
        started_from, before = adapter.read_record().arrays_sha256, adapter.read_arrays()
        network.restore(before)
    tokenizer = tokenizer_for(Suspicion.WINDOW)
    print(f"Learning from {len(learnt)} messages ...", flush=True)
    harmless = [example for example in learnt if example.label == "none"]
    learn(network, tokenizer, learnt, KNOWN, settings, partial(print, flush=True), lambda e, c: noisy(e, harmless, c))
    if options.average and before is not None:
        after = network.arrays()
        network.restore({name: (before[name] + after[name]) / 2 for name in after})
    scores = score(network, tokenizer, [example.text for example in kept])
    heat = temperature(scores, [example.label for example in kept], adapter.LABELS)
    record = adapter.save(
        adapter.FOLDER,
        network.arrays(),
        examples_sha256=learnt_from,
        base_sha256=minilm.WEIGHTS_SHA256,
        labels=adapter.LABELS,
        scale=SCALE,
        temperature=round(heat, 4),
        trained_on=len(learnt),
        calibrated_on=len(kept),
        settings={**asdict(settings), "started_from": started_from, "averaged": options.average},
    )
    print(f"Wrote {adapter.ARRAYS_FILE} ({record.arrays_sha256[:12]}); temperature {record.temperature}.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
