"""How a reading's time grows with the picture and with the digits on it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

SHOWN: Final = ("all", "bare", "decode", "network")


def growth(
    by_size: Mapping[float, Mapping[str, float]],
    by_digits: Mapping[float, Mapping[str, float]],
    path: Path,
) -> None:
    """Milliseconds by stage, over megapixels and over digits."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    both: dict[str, Mapping[float, Mapping[str, float]]] = {
        "megapixels of a JPEG with one digit": by_size,
        "digits on a 640 × 200 PNG": by_digits,
    }
    for axes, (words, points) in zip(figure.subplots(1, 2), both.items(), strict=True):
        for stage in SHOWN:
            axes.plot(list(points), [found[stage] for found in points.values()], "o-", label=stage)
        axes.set(xlabel=words, ylabel="ms")
        axes.set_ylim(0)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    figure.savefig(path, dpi=110, metadata={"Software": None})
