"""That the parts of the deployment name each other rightly; `make lint-infra` checks each alone."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

import function_app
from tests.conftest import ROOT

MAIN = (ROOT / "infra" / "main.bicep").read_text()
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_hooks_use_what_the_template_gives() -> None:
    given = set(re.findall(r"^output (\w+) ", MAIN, re.MULTILINE))
    project = yaml.safe_load((ROOT / "azure.yaml").read_text())
    used = set()
    for hook in project["hooks"].values():
        posix = set(re.findall(r"\$([A-Z_]+)", hook["posix"]["run"]))
        assert posix == set(re.findall(r"\$env:(\w+)", hook["windows"]["run"]))
        used |= posix
    assert used
    assert used <= given | {"AZURE_ENV_NAME", "AZURE_SUBSCRIPTION_ID"}


def test_workflow_passes_on_what_can_be_set() -> None:
    passed = (ROOT / "infra" / "main.parameters.json").read_text()
    named = set(re.findall(r"\$\{(?!AZURE_|BUDGET_START)(\w+)", passed))
    assert named == set(yaml.safe_load((ROOT / "azure.yaml").read_text())["pipeline"]["variables"])
    workflow = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())
    environment = workflow["jobs"]["deploy"]["env"]
    assert all(environment[name] == f"${{{{ vars.{name} }}}}" for name in named)


def run_hook(hook: str, programs: Path, **does: str) -> "subprocess.CompletedProcess[str]":
    """Run a hook with other programs in place of those so called."""
    for name, what in does.items():
        (programs / name).write_text(f"#!/bin/sh\n{what}\n")
        (programs / name).chmod(0o755)
    project = yaml.safe_load((ROOT / "azure.yaml").read_text())
    return subprocess.run(
        ["sh", "-c", project["hooks"][hook]["posix"]["run"]],
        check=False, capture_output=True, text=True,
        env={
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "AZURE_SUBSCRIPTION_ID": "of azd",
        },
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="runs what is for POSIX shells")
@pytest.mark.parametrize("begun", ["", "2026-03-01T00:00:00Z"])
def test_budget_keeps_its_month(begun: str, tmp_path: Path) -> None:
    az = f"echo {begun}" if begun else "exit 3"
    told = run_hook("preprovision", tmp_path, az=az, azd='echo "$@"')
    told.check_returncode()
    month = begun[:10] or f"{datetime.now(UTC):%Y-%m-01}"
    assert told.stdout == f"env set BUDGET_START {month}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="runs what is for POSIX shells")
@pytest.mark.parametrize(("failures", "tries"), [(0, 1), (2, 3), (9, 6)])
def test_events_are_subscribed_once_the_function_has_started(
    failures: int, tries: int, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    az = f'echo "$@" >> {log}; test $(grep -c . {log}) -gt {failures}'
    done = run_hook("postdeploy", tmp_path, az=az, sleep="exit 0")
    assert done.returncode == (failures > tries)
    said = log.read_text().splitlines()
    assert len(said) == tries
    assert all("--subscription of azd" in line for line in said)


def test_services_are_there_and_have_their_resource() -> None:
    project = yaml.safe_load((ROOT / "azure.yaml").read_text())
    modules = "".join(path.read_text() for path in (ROOT / "infra" / "modules").iterdir())
    for name, service in project["services"].items():
        assert (ROOT / service["project"]).is_dir()
        assert f"'azd-service-name': '{name}'" in modules


def test_parameters_are_the_templates() -> None:
    declared = dict(re.findall(r"^param (\w+) \w+( =)?", MAIN, re.MULTILINE))
    passed = json.loads((ROOT / "infra" / "main.parameters.json").read_text())["parameters"]
    assert passed.keys() <= declared.keys()
    assert {name for name, default in declared.items() if not default} <= passed.keys()


def test_events_go_to_the_blob_function() -> None:
    template = (ROOT / "infra" / "modules" / "subscription.bicep").read_text()
    (name,) = re.findall(r"functionName=Host\.Functions\.(\w+)", template)
    assert hasattr(function_app, name)


def test_machine_fills_in_every_blank() -> None:
    blanks = set(re.findall(r"@[A-Z_]+@", (ROOT / "infra/vm/cloud-init.yaml").read_text()))
    template = (ROOT / "infra" / "vm" / "vm.bicep").read_text()
    assert blanks
    assert blanks == set(re.findall(r"'(@[A-Z_]+@)'", template))


def test_containers_are_as_tight_as_they_are_tested() -> None:
    services = yaml.safe_load((ROOT / "infra/vm/compose.yaml").read_text())["services"]
    for name in ("web", "watcher", "caddy"):
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in services["web"]  # only Caddy is reached from outside


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_and_secrets_not_stored(path: Path) -> None:
    text = path.read_text()
    for action in re.findall(r"uses: (\S+)", text):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
    assert "secrets." not in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_only_read(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["permissions"] == {"contents": "read"}
