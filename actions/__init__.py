"""The rasa-sdk action server: look-ups and hand-offs that may fail without harm. No safety text depends on it."""
