"""The real server and a real browser, for the tests of the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

import pytest

from tests.conftest import ROOT, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route

START_SECONDS = 60
# Chromium without what people would see of it takes a third less of the processor.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1280, "height": 860}

OpenPage = Callable[..., "Page"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the VM's own server, started as it is there."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [sys.executable, "-m", "gunicorn", "--config", "infra/vm/gunicorn.conf.py"]
    environment = {**os.environ, "PORT": str(port)}
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(f"{address}/api/health", process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one module: Playwright keeps an event loop running while it is open."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.skip("Playwright is not installed: make test-deps")
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[OpenPage]:
    """Opens pages of the server, and fails the test if one complains or calls elsewhere.

    Those that are `instant` read in the browser too; for the others the server reads all, as for
    browsers in which ONNX Runtime does not load.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # An answer of 400, and a file that was refused, the browser logs by itself.
        expected = ("Failed to load resource", "Failed to find a valid digest")
        if message.type == "error" and not message.text.startswith(expected):
            complaints.append(message.text)

    def follow(request: Request) -> None:
        if not request.url.startswith((f"{server}/", "data:", f"blob:{server}/")):
            complaints.append(f"A request to {request.url}")

    def open_at(
        path: str = "/", *, clock: bool = False, instant: bool = False, **options: Any
    ) -> Page:
        workers = "allow" if instant else "block"
        context = browser.new_context(
            **{"viewport": DESKTOP, "locale": "en-GB", "service_workers": workers, **options}
        )
        contexts.append(context)
        if not instant and options.get("java_script_enabled", True):
            context.route("**/vendor/**", lambda route: route.abort())
        context.set_default_timeout(15_000)
        context.on("request", follow)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if clock:
            page.clock.install()
        page.goto(server + path)
        if instant:
            page.locator("html[data-reader=browser]").wait_for(timeout=60_000)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The page, on a desktop."""
    return open_page()


@pytest.fixture
def instant(open_page: OpenPage) -> Page:
    """The page, on a desktop, once it reads in the browser."""
    if not (ROOT / "static_site" / "vendor").exists():
        pytest.skip("The page's libraries are missing: make vendor")
    return open_page(instant=True)


@pytest.fixture
def held() -> Iterator[list[Route]]:
    """Requests that a test keeps waiting; let go when it ends, as Playwright wants it."""
    routes: list[Route] = []
    yield routes
    for route in routes:
        route.abort()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the tests leave pictures to look at; git ignores it."""
    folder = ROOT / "reports" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"The server did not start:\n{log.read_text()}")
