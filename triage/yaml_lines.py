"""YAML in which every text and every mapping knows its line, so that an error can name it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from triage.errors import DataError


class Text(str):
    """A string with the file and line it stands on, as 'findings/pain.yml:12'."""

    where: str = "?"


class Mapping(dict[str, Any]):
    """A mapping with the file and line it starts on."""

    where: str = "?"


def load(path: Path, root: Path) -> Any:
    """Read `path`; places are given relative to `root`. Raises DataError for broken YAML or a repeated key."""
    name = path.relative_to(root).as_posix()
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise DataError(f"{name}:{line}: not readable as YAML: {getattr(error, 'problem', error)}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{name}:1: not UTF-8 text") from error
    if node is None:
        raise DataError(f"{name}:1: the file is empty")
    return _value(node, name)


def _value(node: yaml.Node, name: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        mapping = Mapping()
        mapping.where = f"{name}:{node.start_mark.line + 1}"
        for key_node, value_node in node.value:
            key = _text(key_node, name)
            if key in mapping:
                raise DataError(f"{key.where}: '{key}' stands here twice")
            mapping[key] = _value(value_node, name)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, name) for item in node.value]
    assert isinstance(node, yaml.ScalarNode)
    if node.tag.endswith(":null"):
        return None
    if node.tag.endswith(":bool") and node.value.lower() in ("true", "false"):
        return node.value.lower() == "true"  # "yes", "no" and "on" are words here: patients say them
    if node.tag.endswith(":int") and node.value.isdecimal():
        return int(node.value)
    return _text(node, name)


def _text(node: yaml.Node, name: str) -> Text:
    text = Text(node.value)
    text.where = f"{name}:{node.start_mark.line + 1}"
    return text
