"""Imports that are quick only when they come first; a program that loads a model imports this before anything of Rasa.

skops, which reads the intent classifier, walks through every module loaded so far: 4 s here, 13 s after TensorFlow.
spaCy is imported without TensorFlow (see `light_spacy`).
"""

from __future__ import annotations

import skops.io  # noqa: F401

# isort: split
import assistant.light_spacy  # noqa: F401
