"""Settings: a wrong one stops the start; none is guessed."""

from __future__ import annotations

import pytest

from assistant.settings import Settings, SettingsError, Smart

DATA_KEY = "k" * 43 + "="
PRODUCTION = {
    "SPINE_TRIAGE_ENV": "production",
    "SPINE_TRIAGE_SECRET": "s" * 32,
    "SPINE_TRIAGE_DATA_KEYS": DATA_KEY,
}


def test_without_variables_the_defaults_hold() -> None:
    assert Settings.from_env({}) == Settings()


def test_production_needs_its_own_secret() -> None:
    with pytest.raises(SettingsError, match="SPINE_TRIAGE_SECRET"):
        Settings.from_env({"SPINE_TRIAGE_ENV": "production", "SPINE_TRIAGE_DATA_KEYS": DATA_KEY})


def test_production_needs_keys_for_what_is_stored() -> None:
    for keys in ({}, {"SPINE_TRIAGE_DATA_KEYS": " "}):
        with pytest.raises(SettingsError, match="SPINE_TRIAGE_DATA_KEYS"):
            Settings.from_env({"SPINE_TRIAGE_ENV": "production", "SPINE_TRIAGE_SECRET": "s" * 32, **keys})


def test_production_starts_with_a_secret_and_keys() -> None:
    assert Settings.from_env(PRODUCTION).production
    assert Settings.from_env({**PRODUCTION, "SPINE_TRIAGE_DATA_KEYS": f"{DATA_KEY} {DATA_KEY}"}).production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPINE_TRIAGE_ENV", "prod"),
        ("SPINE_TRIAGE_SECRET", "short"),
        ("SPINE_TRIAGE_SESSION_HOURS", "many"),
        ("SPINE_TRIAGE_SESSION_HOURS", "0"),
        ("SPINE_TRIAGE_SESSION_HOURS", "nan"),
        ("SPINE_TRIAGE_TURN_SECONDS", "60"),
        ("SPINE_TRIAGE_PROXIES_COUNT", "-1"),
        ("SPINE_TRIAGE_KEEP_DAYS", "0"),
        ("SPINE_TRIAGE_KEEP_DAYS", "for ever"),
        ("SPINE_TRIAGE_DATA_KEYS", "too-short"),
        ("SPINE_TRIAGE_DATA_KEYS", f"{DATA_KEY} {'k' * 43}"),
        ("SPINE_TRIAGE_REDIS_URL", "127.0.0.1:6379"),
        ("SPINE_TRIAGE_REDIS_URL", "http://127.0.0.1:6379"),
        ("SPINE_TRIAGE_FRAME_ANCESTORS", "*"),
        ("SPINE_TRIAGE_FRAME_ANCESTORS", "https://portal.example; script-src *"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_never_quoted(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    assert name in str(caught.value)
    assert f"'{value}'" not in str(caught.value)


def test_values_are_read() -> None:
    settings = Settings.from_env(
        {
            "SPINE_TRIAGE_SESSION_HOURS": "2",
            "SPINE_TRIAGE_TURN_SECONDS": "3.5",
            "SPINE_TRIAGE_KEEP_DAYS": "7",
            "SPINE_TRIAGE_PROXIES_COUNT": "1",
            "SPINE_TRIAGE_FRAME_ANCESTORS": "https://portal.example https://www.hospital.example:8443",
        }
    )
    assert settings.session_seconds == 7200
    assert settings.turn_seconds == 3.5
    assert settings.keep_days == 7
    assert settings.proxies_count == 1
    assert settings.frame_ancestors == ("https://portal.example", "https://www.hospital.example:8443")


SMART = {
    "SPINE_TRIAGE_SMART_ISSUERS": "https://ehr.example/fhir/ https://second.example:8443/r4",
    "SPINE_TRIAGE_SMART_CLIENT_ID": "spine-chat",
    "SPINE_TRIAGE_PUBLIC_URL": "https://chat.example/",
}


def test_the_smart_launch_is_read() -> None:
    issuers = ("https://ehr.example/fhir", "https://second.example:8443/r4")
    assert Settings.from_env({**PRODUCTION, **SMART}).smart == Smart(issuers, "spine-chat", "https://chat.example")
    secret = {"SPINE_TRIAGE_SMART_CLIENT_SECRET": "between us"}
    assert Settings.from_env({**SMART, **secret}).smart == Smart(
        issuers, "spine-chat", "https://chat.example", "between us", loopback_http=True
    )


@pytest.mark.parametrize(
    "change",
    [
        {"SPINE_TRIAGE_SMART_ISSUERS": ""},
        {"SPINE_TRIAGE_SMART_ISSUERS": "https://ehr.example/fhir?tenant=1"},
        {"SPINE_TRIAGE_SMART_ISSUERS": "https://ehr.example/fhir#a"},
        {"SPINE_TRIAGE_SMART_ISSUERS": "https://user@ehr.example/fhir"},
        {"SPINE_TRIAGE_SMART_ISSUERS": "http://ehr.example/fhir"},
        {"SPINE_TRIAGE_SMART_ISSUERS": "http://127.0.0.1:8080/fhir"},
        {"SPINE_TRIAGE_SMART_ISSUERS": "https://ehr.example/fhir ehr.example"},
        {"SPINE_TRIAGE_SMART_CLIENT_ID": ""},
        {"SPINE_TRIAGE_PUBLIC_URL": ""},
        {"SPINE_TRIAGE_PUBLIC_URL": "chat.example"},
        {"SPINE_TRIAGE_PUBLIC_URL": "https://chat.example/spine"},
        {"SPINE_TRIAGE_PUBLIC_URL": "http://localhost:5005"},
    ],
    ids=str,
)
def test_a_smart_launch_that_is_half_set_or_not_safe_is_refused_by_name(change: dict[str, str]) -> None:
    (name,) = change
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({**PRODUCTION, **SMART, **change})


def test_in_development_an_ehr_on_this_machine_may_do_without_tls() -> None:
    here = {
        "SPINE_TRIAGE_SMART_ISSUERS": "http://localhost:8080/fhir",
        "SPINE_TRIAGE_PUBLIC_URL": "http://127.0.0.1:5005",
    }
    assert Settings.from_env({**SMART, **here}).smart is not None
    elsewhere = {"SPINE_TRIAGE_SMART_ISSUERS": "http://ehr.example/fhir"}
    with pytest.raises(SettingsError, match="SPINE_TRIAGE_SMART_ISSUERS"):
        Settings.from_env({**SMART, **elsewhere})
