"""Files made to bring a reader down, each read in a process of its own; see `tests.hostile`."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.hostile import FILES

MEGABYTES = 512
SOUND = (
    "APNG", "animated WebP", "TIFF of several pages", "ICC profile of junk", "XMP of junk",
    "EXIF of junk", "EXIF that is its own next", "EXIF of orientation 9",
    "EXIF of an orientation that is text", "PNG, then JPEG", "PNG with a web page",
    "PNG 1 x 100000", "PNG 100000 x 1", "PNG of 50 megapixels, RGBA", "WebP of 25 megapixels",
    "3000 strokes", "hairlines", "8000 tiny digits",
)  # fmt: skip


@pytest.fixture(scope="session")
def costs() -> dict[str, dict[str, Any]]:
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux: what a process costs is read from /proc")
    command = [sys.executable, "-m", "tests.hostile"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {found["name"]: found for found in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", FILES)
def test_is_answered_by_the_contract(costs: dict[str, dict[str, Any]], name: str) -> None:
    # None: it crashed, or was killed for taking 20 s of CPU time.
    assert costs[name]["status"] in (200, 400, 413, 415)
    assert costs[name]["megabytes"] <= MEGABYTES


@pytest.mark.parametrize("name", SOUND)
def test_what_is_only_odd_is_read(costs: dict[str, dict[str, Any]], name: str) -> None:
    assert costs[name]["status"] == 200
