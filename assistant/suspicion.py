"""The second, statistical net: how much a message sounds like a red flag, a crisis or something urgent, whatever its words.

It may add urgency to what the rules decide (`triage.suspicion`), never take any away.
"""

from __future__ import annotations

from pathlib import Path

from assistant import adapter, minilm
from assistant.adapter import LABELS, AdapterError
from assistant.minilm_graph import encoder_graph
from assistant.token_network import TokenNetwork
from triage import Estimate


def fingerprint() -> str:
    """Names the numbers that `Suspicion` gives."""
    record = adapter.read_record()
    return f"{minilm.fingerprint()}:{record.arrays_sha256}:{record.temperature}"


class Suspicion(TokenNetwork):
    """The net, loaded."""

    WINDOW = 192  # what training reads; a longer message is read in overlapping windows
    OVERLAP = 64

    @classmethod
    def build(cls, folder: Path) -> Suspicion:
        """Merge the adapter into the pinned encoder, write the net into `folder` (23 MB) and load it; about a second.

        Raises AdapterError or minilm.WeightsError.
        """
        trained = adapter.load()
        if trained.record.base_sha256 != minilm.WEIGHTS_SHA256 or trained.record.labels != LABELS:
            raise AdapterError("The adapter was made for another encoder: run `make net`.")
        weights, shape = minilm.pinned_weights()
        head = trained.head.cooled(trained.record.temperature)
        graph = encoder_graph(trained.merged(weights), shape, int8=True, head=head)
        return cls.write(folder, graph, minilm.tokenizer_file())

    def estimate(self, text: str) -> Estimate:
        """The calibrated chances for one message; of a long one, those of its most alarming window. Any str will do."""
        first = self._tokens(text)
        windows = [self._chances(window) for window in (first, *first.overflowing)]
        worst = max(windows, key=lambda chances: chances[1] + chances[2])
        return Estimate(**{name: round(float(p), 4) for name, p in zip(LABELS, worst, strict=True) if name != "none"})
