"""Rasa's extension points for spine-triage, one class a file. Holds no clinical rule; those are in `triage`."""
