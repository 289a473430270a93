"""Imports spaCy without TensorFlow: 2 s instead of 8, for a server that must answer red flags soon after its start.

spaCy's thinc imports TensorFlow whenever it is installed, for wrappers that nothing here uses. Import this module
before `triage`; Rasa imports TensorFlow itself when it needs it.
"""

from __future__ import annotations

import sys

if "tensorflow" not in sys.modules and "thinc" not in sys.modules:
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # Python's way to say "not installed"
    try:
        import spacy  # noqa: F401
    finally:
        del sys.modules["tensorflow"]
