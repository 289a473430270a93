"""Answers from the hospital's pages, and only from them. No Rasa import, no network but for `import-page URL`."""
