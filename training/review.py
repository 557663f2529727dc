"""Which readings a person should look at: `python -m training review`.

For each threshold, the share of readings below it and how many of the others are right; of numbers
and lone digits as in `evaluate_numbers`. The default of `REVIEW_THRESHOLD` is no less
than what digits held out of the training set ask for; the figures to state are the test set's.
"""

from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .card import review_table
from .evaluate_numbers import files_of, lone_pages, mnist_glyphs, score
from .numbers import CLEAN, PHOTO, numbers
from .outputs import require_place, write_json
from .readers import Readers

THRESHOLDS: Final = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
MORE: Final = 4  # times as many pictures to choose by as to state the figures of
AIM: Final = 0.99  # share of the readings that nobody looks at that should be right


def read(
    readers: Readers, glyphs: str, count: int, folder: Path | None, *, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidence of each reading, and whether it is right.

    Args:
        count: of clean numbers, of photographed ones, and of lone digits on pages.
        seed: of the numbers' digits and of all pages.
    """
    written = mnist_glyphs(glyphs, folder)
    sets = [
        files_of(numbers(*written, CLEAN, count=count, seed=seed)),
        files_of(numbers(*written, PHOTO, count=count, seed=seed)),
        islice(lone_pages(*written, seed=seed), count),
    ]
    scores = [score(readers, made, ("auto",))[0]["auto"] for made in sets]
    return (
        np.concatenate([s.confidences for s in scores]),
        np.concatenate([s.right for s in scores]),
    )


def table(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Of each threshold: the percentage sent to review, right of the rest, and of errors found."""
    rows = []
    for threshold in THRESHOLDS:
        sent = confidences < threshold
        rows.append(
            {
                "threshold": threshold,
                "reviewed": _percent(sent),
                "rest_right": _percent(right[~sent]),
                "errors_found": _percent(sent[~right]),
            }
        )
    return rows


def choose(rows: list[dict[str, float]]) -> float | None:
    """The least threshold that does what is aimed at; None if none does."""
    good = [row["threshold"] for row in rows if row["rest_right"] >= 100 * AIM]
    return min(good, default=None)


def enough(rows: list[dict[str, float]]) -> str:
    """What threshold does, in words."""
    least = choose(rows)
    if least is None:
        return f"no threshold makes {100 * AIM:g}% of the rest right"
    return f"{100 * AIM:g}% of the rest are right from a threshold of {least:g}"


def _percent(which: NDArray[np.bool_]) -> float:
    return round(100 * float(which.mean()), 2) if len(which) else 100.0


def review(model: Path, output: Path, *, count: int, folder: Path | None) -> None:
    """Write the figures to `output`, and print what they say.

    Args:
        count: of pictures of each of three kinds, and `MORE` times as many held-out ones.
        folder: of the MNIST files, else where `data` finds them.
    """
    require_place(output)
    with Readers(model) as readers:
        held_out = table(*read(readers, "held-out", MORE * count, folder, seed=2))
        rows = table(*read(readers, "test", count, folder, seed=1))
    figures: dict[str, Any] = {
        **readers.networks,
        "count": 3 * count,
        "aim": AIM,
        "least": choose(held_out),
        "rows": rows,
        "held_out": held_out,
    }
    write_json(output, figures)
    print(f"{review_table(rows)}\n\nof held-out digits {enough(held_out)}")
