"""Tells uv what pip already knows about this machine: uv reads no pip configuration, and a hospital's network often needs one."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path


def uv_settings(python: Path, *, wide: bool) -> dict[str, str]:
    """Environment variables for uv, made from the pip configuration `python -m pip` sees. What the person set for uv wins.

    Narrow settings hold the index and the way to it. Wide ones add extra indexes, local folders and the machine's own
    certificates: pip ignores those that do not answer where uv gives up, so they are for a second try.
    """
    settings: dict[str, str] = {}
    options = _pip_options(python)
    if "index-url" in options and "UV_INDEX_URL" not in os.environ:
        settings["UV_DEFAULT_INDEX"] = options["index-url"]
    for option, variables in {"cert": ["SSL_CERT_FILE"], "client-cert": ["SSL_CLIENT_CERT"]}.items():
        if option in options and Path(options[option]).is_file():
            settings.update(dict.fromkeys(variables, options[option]))
    if "proxy" in options:
        settings.update(dict.fromkeys(["HTTP_PROXY", "HTTPS_PROXY"], options["proxy"]))
    if "trusted-host" in options:
        settings["UV_INSECURE_HOST"] = " ".join(options["trusted-host"].split())
    if wide:
        settings.update(_wide(options))
    return {name: value for name, value in settings.items() if name not in os.environ}


def _wide(options: dict[str, str]) -> dict[str, str]:
    settings = {}
    extra = options.get("extra-index-url", "").split()
    if extra:
        # Every file is checked against requirements.lock, so it does not matter which index a package comes from.
        settings.update(UV_INDEX=" ".join(extra), UV_INDEX_STRATEGY="unsafe-best-match")
    places = [place for place in options.get("find-links", "").split() if "://" in place or Path(place).exists()]
    if places:
        settings["UV_FIND_LINKS"] = ",".join(places)
    if "cert" not in options and not os.environ.get("SSL_CERT_FILE"):
        settings["UV_SYSTEM_CERTS"] = "true"
    return settings


def _pip_options(python: Path) -> dict[str, str]:
    """pip's settings by option name; the environment stands above the `install` section, and that above `global`."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in _config_lines([python, Path(sys.executable)]):
        name, separator, value = line.partition("=")
        section, _, option = name.partition(".")
        if separator and section in sections:
            sections[section][option] = str(ast.literal_eval(value))
    return {option: value for section in sections.values() for option, value in section.items() if value}


def _config_lines(pythons: list[Path]) -> list[str]:
    """What `pip config list` prints under the first of `pythons` that has pip; nothing when none has."""
    for python in pythons:
        command = [str(python), "-m", "pip", "config", "list"]
        try:
            listed = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        except OSError:
            continue
        if listed.returncode == 0:
            return listed.stdout.splitlines()
    return []
