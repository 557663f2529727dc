"""Tables of figures in Markdown files, between comments that name them, written from the JSON."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from .outputs import write

SETS: Final = {
    "mnist_test": "MNIST test, as given",
    "mnist_test_inverted": "inverted: black on white",
    "mnist_test_thickened": "strokes thickened",
    "mnist_test_thinned": "strokes thinned",
    "mnist_test_on_pages": "anywhere on pages of 60 to 800 px",
    "sklearn_digits": "scikit-learn digits, 8 x 8, other writers",
    "semeion": "Semeion, 16 x 16, other writers",
}
PRESETS: Final = {
    "clean": "numbers of 2 to 7 digits: clean, separate",
    "photo": "as photographed: light, paper, pens, tilt to 15 degrees, blur, JPEG",
    "touching": "every digit joined to the next",
    "rows": "two or three lines",
}
OTHER_WRITERS: Final = {
    "semeion_clean": "Semeion's digits: clean",
    "semeion_photo": "Semeion's digits: as photographed",
    "sklearn_digits_clean": "scikit-learn's digits, 8 x 8: clean",
    "sklearn_digits_photo": "scikit-learn's digits, 8 x 8: as photographed",
}
SHORT: Final = ("mnist_test", "mnist_test_inverted", "mnist_test_on_pages", "semeion")


def fill(path: Path, folder: Path) -> None:
    """Rewrite each table of the file that stands between `<!-- NAME -->` and `<!-- /NAME -->`.

    Args:
        folder: of the JSON files of `evaluate`, `evaluate_numbers` and `review`.
    """
    tables = {}
    if (metrics := folder / "metrics.json").exists():
        figures = json.loads(metrics.read_text())
        tables["digits"] = digits_table(figures)
        tables["some digits"] = digits_table(figures, only=SHORT, with_calibration=False)
        tables["strangers"] = strangers_table(figures)
    if (numbers := folder / "numbers.json").exists():
        tables["numbers"] = numbers_table(json.loads(numbers.read_text()))
    if (review := folder / "review.json").exists():
        tables["review"] = review_table(json.loads(review.read_text())["rows"])
    text = path.read_text()
    for name, table in tables.items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = between.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)  # type: ignore[misc]
    write(path, text)


def digits_table(
    figures: Mapping[str, Any], *, only: tuple[str, ...] = (), with_calibration: bool = True
) -> str:
    """Each set with its accuracy, interval and calibration error."""
    sets = figures["sets"]
    corrupted = [name for name in sets if name not in SETS]
    names = dict(SETS) | {c: c.removeprefix("mnist_test_").replace("_", " ") for c in corrupted}
    rows = []
    for name, title in names.items():
        if name in sets and (not only or name in only):
            rows.append([title, *_shares(sets[name])])
        if name == list(SETS)[-1] and not only:
            mean = f"{figures['corruptions_mean']:.2f}%"
            rows.append([f"mean of the {len(corrupted)} corruptions below", mean, "", ""])
    head = ["set", "read right", "95% interval", "calibration error"]
    return _table([row[: 4 if with_calibration else 3] for row in [head, *rows]])


def strangers_table(figures: Mapping[str, Any]) -> str:
    """What is no digit: how well it is told from digits."""
    head = ["no digits", "AUROC", "refused where 99% of digits are kept"]
    rows = [
        [kind, f"{figure['auroc']:.3f}", f"{figure['refused']:.1f}%"]
        for kind, figure in figures["strangers"]["kinds"].items()
    ]
    return _table([head, *rows])


def numbers_table(figures: Mapping[str, Any]) -> str:
    """Sets of numbers, the whole number read right; and lone digits in both modes."""
    head = ["pictures", "read right", "95% interval", "calibration error"]
    presets, lone = figures["presets"], figures["lone_digits_on_pages"]
    rows = [[title, *_shares(presets[name]["auto"])] for name, title in PRESETS.items()]
    rows.append(["all of these", *_shares(figures["presets_together"]["auto"])])
    rows += [
        [f"lone digits on pages, mode `{mode}`", *_shares(lone[mode])] for mode in ("auto", "digit")
    ]
    others = figures["other_writers"]
    rows += [
        [f"other writers, {title}", *_shares(others[name]["auto"])]
        for name, title in OTHER_WRITERS.items()
        if name in others
    ]
    return _table([head, *rows])


def review_table(rows: Iterable[Mapping[str, float]]) -> str:
    """Each threshold of doubtful readings, with what is sent to review and right of the rest."""
    head = ["`REVIEW_THRESHOLD`", "sent to review", "right of the rest", "errors found"]
    lines = [
        [
            f"{row['threshold']:g}",
            f"{row['reviewed']:.1f}%",
            f"{row['rest_right']:.2f}%",
            f"{row['errors_found']:.1f}%",
        ]
        for row in rows
    ]
    return _table([head, *lines])


def _shares(figure: Mapping[str, Any]) -> list[str]:
    low, high = figure["interval"]
    error = figure["calibration_error"]
    return [f"{figure['accuracy']:.2f}%", f"{low:.2f} to {high:.2f}", f"{error:.2f}%"]


def _table(rows: list[list[str]]) -> str:
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
