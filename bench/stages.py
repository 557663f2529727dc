"""One picture, warm: what each stage takes, measured in the same run, in turn."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from shared import decode, digit, http, lattice, model, recognize, scale, sequence, settings
from tests.drawing import digit_image, encoded

from . import pictures
from .plots import growth
from .tables import table

STAGES = ("decode", "ink", "rows, lattice", "normalize", "network", "JSON", "all", "bare")


def measure(*, quick: bool) -> str:
    """A section of the results, with its plot."""
    turns = 10 if quick else 60
    files = {
        "28 x 28 PNG": encoded(digit_image(4, size=(28, 28))),
        "640 x 480 PNG": encoded(digit_image(4, size=(640, 480))),
        "640 x 200 PNG, 6 digits": pictures.number(6),
        "1-megapixel JPEG": pictures.photo(1152, 864),
        "12-megapixel JPEG": pictures.photo(4000, 3000),
    }
    rows, alls = [], {}
    for name, data in files.items():
        found = _stages(data, turns)
        alls[name] = found
        rows.append((name, *(f"{found[s]:.2f}" for s in STAGES), f"{_ratio(found):.2f}"))
    large = alls["12-megapixel JPEG"]
    ratios = [
        _limit("28 x 28: all to decode + network", _ratio(alls["28 x 28 PNG"]), 2),
        _limit("640 x 200: all to decode + network", _ratio(alls["640 x 200 PNG, 6 digits"]), 3),
        _limit("12 to 1 megapixel", large["all"] / alls["1-megapixel JPEG"]["all"], 6),
        _limit("12 megapixels: all to decode", large["all"] / large["decode"], 1.3),
    ]
    _plots(turns)
    return (
        "## One picture, warm\n\nMedian ms by stage; `bare` is decode and one call of the network "
        "on the digits read, and for a number one of the row's, alone.\n\n"
        + table(("picture", *STAGES, "all / bare"), rows)
        + "\n"
        + table(("ratio", "measured", "at most", "kept"), ratios)
        + "\n![ms by size and by digits](growth.png)\n"
    )


def _ratio(found: dict[str, float]) -> float:
    return found["all"] / found["bare"]


def _limit(name: str, ratio: float, most: float) -> tuple[str, str, str, str]:
    return name, f"{ratio:.2f}", f"{most:g}", "yes" if ratio <= most else "**no**"


def _stages(data: bytes, turns: int) -> dict[str, float]:
    """Milliseconds by stage, the median of several turns."""
    loaded = model.load()
    times: dict[str, list[float]] = {stage: [] for stage in STAGES}
    count = len(recognize.recognize(data, loaded).digits) or 1
    zeros = np.zeros((count, 28, 28), np.float32)
    row = np.zeros((sequence.HEIGHT, count * sequence.DIGIT), np.float32)
    for _ in range(turns):
        start = time.perf_counter()
        decode.decode(data, max_pixels=settings.get().max_pixels)
        loaded.probabilities(zeros)
        if count > 1:
            loaded.places(row)
        times["bare"].append(time.perf_counter() - start)
        start = time.perf_counter()
        http.answer(http.recognize_endpoint, http.Request("POST", {}, "image/png", data))
        times["all"].append(time.perf_counter() - start)
        with _traced() as taken:
            start = time.perf_counter()
            reading = recognize.recognize(data, loaded)
            whole = time.perf_counter() - start
        start = time.perf_counter()
        json.dumps(reading.to_dict())
        taken["JSON"] = time.perf_counter() - start
        taken["rows, lattice"] = whole - sum(
            taken[s] for s in ("decode", "ink", "normalize", "network")
        )
        for stage in STAGES[:6]:
            times[stage].append(taken[stage])
    return {stage: 1000 * median(some) for stage, some in times.items()}


@contextmanager
def _traced() -> Iterator[dict[str, float]]:
    """Adds up the time spent in the stages' functions, wherever they are called."""
    taken: dict[str, float] = defaultdict(float)
    places: list[tuple[Any, str, str]] = [
        (recognize, "decode", "decode"),
        (recognize, "find_writing", "ink"),
        (scale, "find_writing", "ink"),
        (lattice, "normalize", "normalize"),
        (digit, "normalize", "normalize"),
        (model.Model, "probabilities", "network"),
        (model.Model, "places", "network"),
    ]
    before = [(place, name, getattr(place, name)) for place, name, _ in places]
    for (place, name, stage), (_, _, function) in zip(places, before, strict=True):
        wrap = _steps if name == "find_writing" else _timed
        setattr(place, name, wrap(function, taken, stage))
    try:
        yield taken
    finally:
        for place, name, function in before:
            setattr(place, name, function)


def _timed(function: Callable[..., Any], taken: dict[str, float], stage: str) -> Callable[..., Any]:
    def run(*arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            taken[stage] += time.perf_counter() - start

    return run


def _steps(function: Callable[..., Any], taken: dict[str, float], stage: str) -> Callable[..., Any]:
    """As `_timed`, of a generator, each step."""

    def run(*arguments: Any, **options: Any) -> Iterator[Any]:
        found = function(*arguments, **options)
        while True:
            start = time.perf_counter()
            one = next(found, None)
            taken[stage] += time.perf_counter() - start
            if one is None:
                return
            yield one

    return run


def _plots(turns: int) -> None:
    few = max(5, turns // 4)
    sizes = {
        0.1: (400, 300),
        0.5: (816, 612),
        1.0: (1152, 864),
        4.0: (2304, 1728),
        12.0: (4000, 3000),
    }
    by_size = {m: _stages(pictures.photo(*s), few) for m, s in sizes.items()}
    by_digits = {float(n): _stages(pictures.number(n), few) for n in (1, 2, 4, 6, 8, 10)}
    growth(by_size, by_digits, Path("bench/growth.png"))
