"""Makes docs/evaluation.md: how well the assistant triages messages that nobody who built it wrote. `make evaluation`."""
