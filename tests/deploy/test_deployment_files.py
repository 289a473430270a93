"""The files of deploy/ are valid, say the same as each other, and name what the project has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.http_errors import ApiError
from assistant.page_routes import PageRoutes
from assistant.responses import fixed_text
from assistant.settings import ROOT
from processes.tools import Tools

DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


def documents(files: list[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        yield from yaml.safe_load_all(file.read_text("utf-8"))


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [document for document in documents(MANIFESTS) if document["kind"] == kind]


def pods() -> list[tuple[str, dict[str, Any]]]:
    """Name and pod of everything that runs."""
    found = []
    for document in documents(MANIFESTS):
        spec = document.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found.append((document["metadata"]["name"], spec["template"]["spec"]))
    return found


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


@pytest.mark.slow
def test_the_compose_file_follows_the_specification(tools: Tools) -> None:
    ended = tools.run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "deploy/compose.yaml")
    assert ended.code == 0, ended.output


@pytest.mark.slow
@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.name)
def test_the_manifests_follow_the_schema_of_kubernetes(tools: Tools, file: Path) -> None:
    ended = tools.run("kubernetes-validate", "--strict", "-k", "1.33", str(file))
    assert ended.code == 0, ended.output + ended.errors


@pytest.mark.slow
def test_the_dockerfile_has_no_known_fault(tools: Tools) -> None:
    ended = tools.run("hadolint", "deploy/Dockerfile")
    assert ended.code == 0, ended.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tool", "arguments", "spoilt"),
    [
        ("check-jsonschema", ["--builtin-schema", "vendor.compose-spec"], "services: {proxy: {prots: []}}"),
        ("kubernetes-validate", ["--strict", "-k", "1.33"], "apiVersion: v1\nkind: Service\nspec: {prots: []}\n"),
        ("hadolint", [], "FROM debian\nRUN cd /tmp && sudo apt-get install x\n"),
    ],
)
def test_the_tools_find_faults(tools: Tools, tmp_path: Path, tool: str, arguments: list[str], spoilt: str) -> None:
    file = tmp_path / "spoilt"
    file.write_text(spoilt)
    assert tools.run(tool, *arguments, str(file)).code != 0


def test_every_manifest_is_applied() -> None:
    listed = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text("utf-8"))
    assert sorted(listed["resources"]) == [f"kubernetes/{file.name}" for file in MANIFESTS]
    for entry in listed["configMapGenerator"][0]["files"]:
        assert (DEPLOY / entry.partition("=")[2]).is_file()


def test_everything_that_must_be_there_several_times_has_a_budget_for_disruptions() -> None:
    budgets = {document["spec"]["selector"]["matchLabels"]["app"] for document in of_kind("PodDisruptionBudget")}
    assert budgets == {"assistant", "actions", "proxy"}
    (scaler,) = of_kind("HorizontalPodAutoscaler")
    assert scaler["spec"]["minReplicas"] >= 2


def test_pods_have_no_rights_they_do_not_need() -> None:
    names = []
    for name, pod in pods():
        names.append(name)
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        for container in pod["containers"]:
            rights = container["securityContext"]
            assert rights["allowPrivilegeEscalation"] is False and rights["capabilities"] == {"drop": ["ALL"]}, name
            assert "memory" in container["resources"]["limits"], name
    assert sorted(names) == ["actions", "assistant", "locks", "proxy", "purge"]


def test_every_pod_is_under_a_network_policy_and_nothing_is_open_by_itself() -> None:
    policies = of_kind("NetworkPolicy")
    closed = next(policy["spec"] for policy in policies if policy["metadata"]["name"] == "nothing-else")
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    targets = {
        rule["port"] for policy in policies for way in policy["spec"].get("ingress", []) for rule in way["ports"]
    }
    assert targets == {8443, 5005, 9100, 5055, 6379}


def test_the_probes_ask_what_the_server_answers() -> None:
    (assistant,) = [pod for name, pod in pods() if name == "assistant"]
    container = assistant["containers"][0]
    asked = {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert asked == {"/chat/healthz", PageRoutes.LOADED}
    assert container["livenessProbe"]["httpGet"]["path"] == "/chat/healthz"


def test_the_proxys_words_when_nobody_can_be_reached_are_the_safety_text() -> None:
    told = json.loads((DEPLOY / "nginx" / "unavailable.json").read_text("utf-8"))
    shape = json.loads(ApiError("failed").response({"safety_text": "", "level": None}).body)
    assert told.keys() == shape.keys()
    assert told["safety_text"] == fixed_text("utter_safety")
    assert told["level"] is None


def test_settings_in_the_files_are_settings_of_the_project() -> None:
    documented = set(re.findall(r"`(SPINE_TRIAGE_\w+)`", (ROOT / "docs" / "operations.md").read_text("utf-8")))
    text = "".join(file.read_text("utf-8") for file in [*MANIFESTS, DEPLOY / "compose.yaml", DEPLOY / "example.env"])
    used = set(re.findall(r"SPINE_TRIAGE_\w+", text)) - {"SPINE_TRIAGE_VERSION"}
    assert used <= documented
    assert {"SPINE_TRIAGE_SECRET", "SPINE_TRIAGE_DATA_KEYS", "SPINE_TRIAGE_REDIS_URL"} <= used


def test_the_compose_file_has_every_part_and_shows_only_the_proxy() -> None:
    services = compose()["services"]
    assert set(services) == {"proxy", "assistant", "actions", "database", "locks"}
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert services["assistant"]["deploy"]["replicas"] >= 2
    for service in services.values():
        for mount in service.get("volumes", []):
            source = mount.partition(":")[0]
            assert not source.startswith("./") or (DEPLOY / source).is_file(), mount


def test_no_secret_has_a_value_in_the_files() -> None:
    for line in (DEPLOY / "example.env").read_text("utf-8").splitlines():
        assert line.startswith("#") or line.endswith("="), line
    environment = compose()["services"]["assistant"]["environment"]
    for name in ("SPINE_TRIAGE_SECRET", "SPINE_TRIAGE_DATA_KEYS"):
        assert environment[name].startswith("${" + name + ":?")
