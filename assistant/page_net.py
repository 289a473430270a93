"""The page net: which sentences of the pages answer a question, learnt from questions; `make page-net` makes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from assistant import adapter, minilm
from assistant.adapter import AdapterError
from assistant.minilm_graph import encoder_graph
from assistant.token_network import TokenNetwork

FOLDER: Final = Path(__file__).resolve().parent.parent / "data" / "page"


class PageNet(TokenNetwork):
    """The net, loaded. It gives a chance for each of the classes of its record, in their order."""

    WINDOW = 96  # a longer question is read to there

    @classmethod
    def build(cls, folder: Path, source: Path = FOLDER) -> PageNet:
        """Merge the adapter of `source` into the pinned encoder, write the net into `folder` (23 MB) and load it.

        Raises AdapterError or minilm.WeightsError.
        """
        trained = adapter.load(source)
        if trained.record.base_sha256 != minilm.WEIGHTS_SHA256:
            raise AdapterError("The page net was made for another encoder: run `make page-net`.")
        weights, shape = minilm.pinned_weights()
        head = trained.head.cooled(trained.record.temperature)
        return cls.write(
            folder, encoder_graph(trained.merged(weights), shape, int8=True, head=head), minilm.tokenizer_file()
        )

    def chances(self, question: str) -> list[float]:
        """The calibrated chance of each class. Any str will do."""
        return [float(chance) for chance in self._chances(self._tokens(question))]
