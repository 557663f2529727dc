"""The report of a batch: a contact sheet in one HTML file, the doubtful pictures first."""

import base64
import datetime
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jinja2
from PIL import Image

from . import settings
from .decode import decode
from .problems import Problem
from .words import percent

THUMBNAIL: Final = (360, 200)  # px, the most of its width and height


@dataclass(frozen=True)
class Shown:
    """A picture with its answer.

    Attributes:
        answer: as the result has it, and whether it is for `review`.
        thumbnail: see `thumbnail`.
    """

    answer: dict[str, Any]
    thumbnail: str

    @property
    def kind(self) -> str:
        """One of "problem", "doubtful" and "sure"."""
        if "text" not in self.answer:
            return "problem"
        return "doubtful" if self.answer["review"] else "sure"

    @property
    def confidence(self) -> float:
        """Of the reading, 0 to 1; a problem has less than any."""
        return float(self.answer.get("confidence", -1))


def write(path: Path, pictures: Sequence[Shown], *, waiting: int = 0) -> None:
    """Write the report.

    Args:
        waiting: how many pictures have no answer yet.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["percent"] = percent
    counts = Counter(shown.kind for shown in pictures)
    page = environment.get_template("report.html").stream(
        pictures=sorted(pictures, key=lambda shown: (shown.confidence, shown.answer["source"])),
        counts={kind: counts[kind] for kind in ("sure", "doubtful", "problem")},
        waiting=waiting,
        threshold=settings.get().review_threshold,
        versions=sorted({shown.answer["version"] for shown in pictures}),
        now=datetime.datetime.now().astimezone(),
    )
    page.dump(str(path), encoding="utf-8")


def thumbnail(picture: bytes) -> str:
    """A small copy as a data URI; empty where there is nothing to see."""
    try:
        pixels = decode(picture, max_pixels=settings.get().max_pixels).pixels
    except Problem:
        return ""
    small = Image.fromarray(pixels)
    small.thumbnail(THUMBNAIL, Image.Resampling.BOX)
    file = io.BytesIO()
    small.save(file, "WEBP", quality=70)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
