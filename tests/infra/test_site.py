"""The page as static hosting gets it."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT


@pytest.fixture
def site() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_build", ROOT / "infra/site/build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_knows_the_api_and_may_call_it(site: ModuleType, tmp_path: Path) -> None:
    target = tmp_path / "dist"
    for _ in range(2):  # what was there is replaced
        site.build("https://func.example.net/api", target)
    assert (
        'export const API = "https://func.example.net/api";' in (target / "config.js").read_text()
    )
    headers = json.loads((target / "staticwebapp.config.json").read_text())["globalHeaders"]
    policy = headers["Content-Security-Policy"]
    assert "connect-src 'self' https://func.example.net;" in policy
    ours = {path.name for path in (ROOT / "static_site").iterdir()}
    added = {"model", "staticwebapp.config.json"}
    assert {path.name for path in target.iterdir()} == ours | added
    network = (ROOT / "model" / "digits.onnx").read_bytes()
    assert (target / "model" / "digits.onnx").read_bytes() == network
    page, built = ((folder / "index.html").read_text() for folder in (ROOT / "static_site", target))
    plain, link = '<p class="notice">This page needs JavaScript.', '<a href="/form">'
    assert f"{plain} {link}" in page
    assert f"{plain}</p>" in built  # as there is no form on static hosting
    assert link not in built


@pytest.mark.parametrize(
    "api", ["", "/api", "http://func.example.net/api", 'https://a"; alert(1); "', "https:///api"]
)
def test_other_addresses_are_refused(site: ModuleType, tmp_path: Path, api: str) -> None:
    with pytest.raises(ValueError, match="not the address"):
        site.build(api, tmp_path / "dist")


def test_headers() -> None:
    headers = json.loads((ROOT / "infra/site/headers.json").read_text())["globalHeaders"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["X-Frame-Options"] == "DENY"
