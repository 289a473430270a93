"""Real programs on spare ports of this machine, for tests and measurements: the assistant, PostgreSQL, Redis, nginx."""
