# Every target is one short command; what it runs is in scripts/ and assistant/.
.DEFAULT_GOAL := help
.PHONY: help setup run portal chat test train check net page-net evaluation bench restarts faults cluster fuzz audit lint lock clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install everything into .venv (the others do it by themselves)
	@scripts/bootstrap

run: setup  ## start the assistant and print the address of its page
	@.venv/bin/spine-triage serve

portal: setup  ## start the assistant and a demo portal that shows it in a frame
	@.venv/bin/python -m demo

chat: setup  ## talk to the assistant in this terminal
	@.venv/bin/spine-triage chat

test: setup  ## check everything, as the continuous integration does
	@scripts/check

train: setup  ## train the model when something it depends on has changed
	@.venv/bin/python -m assistant.training

check: setup  ## check the clinical data: every phrase, example and row
	@.venv/bin/spine-triage check

net: setup  ## learn the second net anew from data/net (an hour)
	@.venv/bin/python -m net_training

evaluation: train  ## judge the corpus and write docs/evaluation.md
	@.venv/bin/python -m evaluation

bench: train  ## measure us against Rasa's default and write docs/performance.md (forty minutes; nothing else may run)
	@.venv/bin/python -m bench.screen_limits
	@.venv/bin/python -W ignore -m bench

restarts: train  ## kill the server 200 times under an open chat and count what is lost (an hour)
	@.venv/bin/python -m bench.restart_cycles

faults: train  ## meet every fault in every state of a conversation and write docs/faults.md (twelve minutes)
	@scripts/services
	@.venv/bin/python -m faults

cluster: train  ## run proxy, two assistants and databases under load while parts die, and write docs/cluster.md (ten minutes)
	@scripts/services
	@.venv/bin/python -m cluster

page-net: setup  ## learn the page net anew from the questions beside the pages (twenty minutes)
	@.venv/bin/python -m net_training.page

fuzz: setup  ## attack the screen with inputs grown from the corpus (ten minutes, Linux)
	@.venv/bin/python -m bench.fuzz_screen

audit: setup  ## look for known vulnerabilities and list all parts (docs/security.md)
	@.venv/bin/python -m supply_chain

lint: setup  ## check style and types only
	@scripts/check lint

lock: setup  ## choose package versions anew and write requirements.lock
	@scripts/lock

clean:  ## remove what was made here, but not .venv, the model or conversations
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov .rasa results *.egg-info var/log
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
