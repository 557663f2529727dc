"""What the tests share: the committed model, the data set, commands, free ports, and Django."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import pytest

from shared import model as models
from shared import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")
django.setup()

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--skips-fail", action="store_true", help="fail where a test is skipped (for CI)"
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.option.skips_fail and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def run_module(
    module: str, *arguments: str | Path, folder: Path = ROOT, **environ: str
) -> subprocess.CompletedProcess[str]:
    """What `python -m module` says and exits with, in a folder, with more in its environment."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def model() -> models.Model:
    return models.load()


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    folder = os.environ.get("MNIST_DIR")
    if not folder:
        pytest.skip("needs the MNIST files: MNIST_DIR=FOLDER make test")
    return Path(folder)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets variables that the settings are read from anew."""

    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.get.cache_clear()

    yield change
    monkeypatch.undo()
    settings.get.cache_clear()


def free_port() -> int:
    """A port of this machine that no one listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
