"""Measures how whole numbers are read, through shared/, from image files to readings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from shared.reading import Reading
from shared.recognize import Mode

from . import data
from .numbers import CLEAN, PHOTO, ROWS, TOUCHING, numbers
from .outputs import require_place, write_json
from .readers import Readers
from .scores import Misread, Score
from .sweeps import SWEEPS
from .testsets import on_pages, png, read_semeion, read_sklearn_digits

PRESETS: Final = {"clean": CLEAN, "photo": PHOTO, "touching": TOUCHING, "rows": ROWS}
MODES: Final[dict[str, tuple[Mode, ...]]] = {
    **dict.fromkeys(PRESETS, ("auto", "number")),
    "rows": ("auto",),  # "number" is one row
}
SWEPT: Final = 10  # as many times fewer pictures for each value of a sweep than of a preset
LONE: Final = 2  # as many times more pictures of one digit

Written = Iterable[tuple[bytes, str]]


def evaluate_numbers(
    path: Path,
    output: Path,
    *,
    glyphs: str = "test",
    count: int = 300,
    seed: int = 1,
    folder: Path | None = None,
    semeion: Path | None = None,
    reports: Path = Path("reports"),
) -> None:
    """Read numbers made of MNIST's and of others' digits with the model at `path`.

    Args:
        output: of the figures (JSON); the plot of the sweeps goes beside it.
        glyphs: "test", or "held-out", to develop by: pictures of MNIST's training set that
            nothing is trained on.
        count: of pictures of each preset.
        reports: of the contact sheet of what was misread, as it shows pictures of a data set.
    """
    from . import plots

    require_place(output)
    other_writers = _other_writers(semeion)
    written = mnist_glyphs(glyphs, folder)
    misread: list[Misread] = []
    with Readers(path) as readers:
        figures: dict[str, Any] = {**readers.networks, "glyphs": glyphs, "seed": seed}
        figures["presets"] = {}
        read: list[Score] = []
        for name, look in PRESETS.items():
            made = files_of(numbers(*written, look, count=count, seed=seed))
            scores, missed = score(readers, tqdm(made, name, count), MODES[name], name=name)
            figures["presets"][name] = _to_dict(scores)
            read.append(scores["auto"])
            misread += missed
        figures["presets_together"] = {"auto": Score.together(read).to_dict()}
        figures["other_writers"] = {}
        for name, others in other_writers.items():
            for preset in ("clean", "photo"):
                made = files_of(numbers(*others, PRESETS[preset], count=count, seed=seed))
                title = f"{name}_{preset}"
                scores, _ = score(readers, tqdm(made, title, count), ("auto",))
                figures["other_writers"][title] = _to_dict(scores)
        figures["sweeps"] = {}
        for name, sweep in tqdm(SWEEPS.items(), "sweeps"):
            points = []
            for value, look in sweep.looks(name).items():
                made = files_of(numbers(*written, look, count=-(-count // SWEPT), seed=seed))
                scores, _ = score(readers, made, ("auto",))
                points.append({"value": value, **_to_dict(scores)["auto"]})
            figures["sweeps"][name] = points
        pages = islice(lone_pages(*written, seed=seed), LONE * count)
        scores, _ = score(readers, tqdm(pages, "lone digits", LONE * count), ("digit", "auto"))
        figures["lone_digits_on_pages"] = _to_dict(scores)

    write_json(output, figures)
    plots.sweeps(figures, output.with_suffix(".png"))
    plots.misread(misread, reports / output.with_suffix(".png").name)
    _print(figures)


def mnist_glyphs(part: str, folder: Path | None = None) -> data.Labelled:
    """Pictures and labels of MNIST's "test" set, or those "held-out" of its training set."""
    if part == "test":
        return data.mnist("test", folder)
    _, held_out = data.learned_and_held_out(folder)
    return held_out


def score(
    readers: Readers, written: Written, modes: Sequence[Mode], *, name: str = ""
) -> tuple[dict[Mode, Score], list[Misread]]:
    """Read each picture in each mode.

    Args:
        written: image files and their texts.

    Returns:
        The score in each mode, and what was misread in the first.
    """
    texts: list[str] = []
    readings: dict[Mode, list[Reading]] = {mode: [] for mode in modes}
    misread = []
    for file, text, read in readers.read(written, modes):
        texts.append(text)
        for mode, reading in zip(modes, read, strict=True):
            readings[mode].append(reading)
        first = read[0]
        if first.text != text:
            misread.append(Misread(name, file, text, first.text, first.confidence))
    scores = {
        mode: Score(
            np.array(texts), [one.text for one in some], np.array([one.confidence for one in some])
        )
        for mode, some in readings.items()
    }
    return scores, misread


def files_of(made: Iterable[tuple[bytes, str, object]]) -> Iterator[tuple[bytes, str]]:
    """What `numbers` makes, but for how."""
    return ((file, text) for file, text, _ in made)


def lone_pages(
    pictures: NDArray[np.uint8], labels: NDArray[np.uint8], *, seed: int
) -> Iterator[tuple[bytes, str]]:
    """Lone digits on pages, as PNG files."""
    for page, label in on_pages(pictures, labels, seed=seed):
        yield png(page), str(label)


def _other_writers(semeion: Path | None) -> dict[str, data.Labelled]:
    """Digits of other data sets, light ink on black."""
    sets = {"sklearn_digits": list(read_sklearn_digits())}
    if semeion is not None:
        sets["semeion"] = [(255 - picture, label) for picture, label in read_semeion(semeion)]
    return {
        name: (np.stack([picture for picture, _ in some]), np.array([n for _, n in some], np.uint8))
        for name, some in sets.items()
    }


def _to_dict(scores: Mapping[Mode, Score]) -> dict[str, Any]:
    return {mode: score.to_dict() for mode, score in scores.items()}


def _print(figures: Mapping[str, Any]) -> None:
    rows = {
        **figures["presets"],
        "all of these": figures["presets_together"],
        **figures["other_writers"],
        "lone digits on pages": figures["lone_digits_on_pages"],
    }
    for name, modes in rows.items():
        for mode, figure in modes.items():
            low, high = figure["interval"]
            print(
                f"{name:22} {mode:7} {figure['accuracy']:6.2f}% ({low} to {high}), "
                f"calibration error {figure['calibration_error']}%"
            )
