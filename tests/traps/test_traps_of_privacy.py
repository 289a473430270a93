"""Traps by which one person reaches another's conversation, or a typed slash reaches Rasa's inside."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from agents import Driver
from chat_server import Background, Client, FakeAgent
from rasa.core.channels.channel import DEFAULTS_SENDER_ID as SHARED  # noqa: F401
