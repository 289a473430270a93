"""Loads Rasa without TensorFlow, for a server whose model needs none of it: 290 MB less, and seconds less at the start.

Rasa imports TensorFlow for components this assistant does not have (DIET, TED), whether they are used or not. Here a module
without content stands in its place while Rasa's own modules are imported: their class definitions find some class for every
name. Afterwards it is sealed: whatever calls one of them fails, loudly, instead of doing nothing.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import logging
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from assistant.model_archive import component_classes

logger = logging.getLogger(__name__)

ABSENT: Final = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras")
#: Rasa's components that compute with it.
NEED_IT: Final = frozenset(
    {
        "ConveRTFeaturizer",
        "DIETClassifier",
        "LanguageModelFeaturizer",
        "ResponseSelector",
        "TEDPolicy",
        "UnexpecTEDIntentPolicy",
    }
)

_sealed = False


class NoTensorFlow(RuntimeError):
    """Something of TensorFlow is used in a server that runs without it."""


def install_for(model: Path) -> bool:
    """Keep TensorFlow out, if this model allows it and nobody has imported it yet. Returns whether that is so.

    Raises OSError, KeyError or ValueError for a model that cannot be read.
    """
    needed = component_classes(model) & NEED_IT
    if needed or any(name in sys.modules for name in ABSENT):
        logger.info("tensorflow_needed")
        return False
    sys.meta_path.insert(0, _Finder())
    return True


def seal() -> None:
    """From now on every call of an absent name raises NoTensorFlow. For when all is imported."""
    global _sealed
    _sealed = True


class _Absent(type):
    """The class of every class that stands for something absent; theirs are its attributes, again absent classes.

    What Rasa derives from them are classes as any.
    """

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(name)

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        if not cls.__dict__.get("is_absent"):
            return super().__call__(*arguments, **named)
        if _sealed:
            raise NoTensorFlow(cls.__name__)
        is_decorator = len(arguments) == 1 and callable(arguments[0]) and not named
        return arguments[0] if is_decorator else cls

    def __getitem__(cls, _key: Any) -> Any:
        return cls

    def __or__(cls, _other: Any) -> Any:
        return cls

    __ror__ = __or__


def _absent(name: str) -> _Absent:
    return _Absent(name, (), {"is_absent": True})


class _Module(types.ModuleType):
    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return sys.modules.get(f"{self.__name__}.{name}") or _absent(name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in ABSENT:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing: it has no content."""
