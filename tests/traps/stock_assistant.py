"""An assistant as a tutorial would build it; the traps catch it, which shows that they are real."""

from __future__ import annotations

from pathlib import Path

CONFIG = """
recipe: default.v1
assistant_id: stock
language: en
pipeline:
- name: WhitespaceTokenizer
- name: KeywordIntentClassifier
policies:
- name: RulePolicy
"""

DOMAIN = """
version: "3.1"
intents: [red_flag, book, find_doctor, greet]
actions: [action_find_doctor]
slots:
  place:
    type: text
    mappings:
    - type: from_text
      conditions: [{active_loop: booking_form, requested_slot: place}]
forms:
  booking_form: {required_slots: [place]}
responses:
  utter_emergency: [{text: Call 911 now.}]
  utter_ask_place: [{text: Where does it hurt?}]
  utter_booked: [{text: You are booked.}]
  utter_greet: [{text: Hello.}, {text: Call us.}]
"""

DATA = """
version: "3.1"
nlu:
- intent: red_flag
  examples: |
    - cannot walk
- intent: book
  examples: |
    - appointment
- intent: find_doctor
  examples: |
    - doctor
- intent: greet
  examples: |
    - hello
rules:
- rule: a red flag is an emergency
  steps: [{intent: red_flag}, {action: utter_emergency}]
- rule: start the form
  steps: [{intent: book}, {action: booking_form}, {active_loop: booking_form}]
- rule: end the form
  condition: [{active_loop: booking_form}]
  steps: [{action: booking_form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: utter_booked}]
- rule: look up doctors
  steps: [{intent: find_doctor}, {action: action_find_doctor}]
- rule: greet
  steps: [{intent: greet}, {action: utter_greet}]
"""

# What its author wants, and what `rasa test core --e2e` says it does.
STORY = """
version: "3.1"
stories:
- story: a red flag inside the form
  steps:
  - user: an appointment
    intent: book
  - action: booking_form
  - active_loop: booking_form
  - user: I cannot walk
    intent: red_flag
  - action: utter_emergency
  - action: booking_form
  - active_loop: booking_form
"""


def write_stock_assistant(folder: Path) -> None:
    """Put config.yml, domain.yml and data.yml into `folder`."""
    for name, text in (("config.yml", CONFIG), ("domain.yml", DOMAIN), ("data.yml", DATA)):
        (folder / name).write_text(text, "utf-8")
