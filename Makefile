# Every target is one short command; what it runs is in scripts/ and assistant/.
.DEFAULT_GOAL := help
.PHONY: help setup run chat test train lint lock clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install everything into .venv (the others do it by themselves)
	@scripts/bootstrap

run: setup  ## start the assistant and print the address of its page
	@.venv/bin/spine-triage serve

chat: setup  ## talk to the assistant in this terminal
	@.venv/bin/spine-triage chat

test: setup  ## check everything, as the continuous integration does
	@scripts/check

train: setup  ## train the model when something it depends on has changed
	@.venv/bin/python -m assistant.training

lint: setup  ## check style and types only
	@scripts/check lint

lock: setup  ## choose package versions anew and write requirements.lock
	@scripts/lock

clean:  ## remove what was made here, but not .venv, the model or conversations
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov .rasa results *.egg-info var/log
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
