"""The clinical core: text -> findings -> decision. Pure; knows nothing of Rasa, networks, clocks or chance."""

from triage.conversation import fold, step
from triage.data import clinical_data
from triage.decide import decide
from triage.errors import DataError
from triage.extract import extract
from triage.model import Decision, Extraction, Finding, Level, Person, Reply, Status, Time
from triage.schema import ClinicalData
from triage.screen import Screening, screen
from triage.state import State, Turn
from triage.suspicion import Estimate
from triage.understood import understood

__all__ = [
    "ClinicalData",
    "DataError",
    "Decision",
    "Estimate",
    "Extraction",
    "Finding",
    "Level",
    "Person",
    "Reply",
    "Screening",
    "State",
    "Status",
    "Time",
    "Turn",
    "clinical_data",
    "decide",
    "extract",
    "fold",
    "screen",
    "step",
    "understood",
]
