"""Makes data/net/adapter.npz out of data/net/*.jsonl: `make net`. Not part of the running assistant."""
