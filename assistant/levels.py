"""The names of triage.Level, for what must not wait for the clinical core to be imported."""

#: Ascending, as there.
LEVELS = ("OUT_OF_SCOPE", "INFORMATION", "APPOINTMENT", "URGENT", "EMERGENCY", "CRISIS")
