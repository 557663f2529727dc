"""One setting of `numbers.CLEAN` at a time, from easy to hard, to see where reading ends."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from .numbers import CLEAN, PAPERS, PENS, Look

Value = float | str


@dataclass(frozen=True)
class Sweep:
    """Values of one setting, the others as in `CLEAN`.

    Attributes:
        title: of the setting, with its unit.
        values: numbers, or the names of choices.
        others: settings without which this one would not show.
    """

    title: str
    values: tuple[Value, ...]
    others: dict[str, Any] = field(default_factory=dict)

    def looks(self, name: str) -> dict[Value, Look]:
        """The look for each value of the setting of this name."""
        return {value: self._look(name, value) for value in self.values}

    def _look(self, name: str, value: Value) -> Look:
        only: dict[str, Any] = {name: (value,) if isinstance(value, str) else (value, value)}
        return replace(CLEAN, **self.others, **only)


SWEEPS: Final[dict[str, Sweep]] = {
    "digits": Sweep("digits in the number", (1, 2, 3, 4, 5, 6, 7, 8)),
    "height": Sweep("height of a digit, px", (12, 16, 24, 40, 80, 160, 300)),
    "margin": Sweep("paper around, heights", (0, 0.05, 0.1, 0.2, 0.4, 1, 2)),
    "tilt": Sweep("tilt of the row, degrees", (-20, -15, -10, -5, 0, 5, 10, 15, 20)),
    "gap": Sweep("gap between digits, heights", (0.03, 0.06, 0.1, 0.2, 0.4, 0.8)),
    "touching": Sweep("neighbours that touch, share", (0, 0.25, 0.5, 0.75, 1)),
    "shifted": Sweep("off the line, heights", (0, 0.05, 0.1, 0.2, 0.3)),
    "stroke": Sweep("strokes wider by, heights", (-0.05, -0.025, 0, 0.04, 0.08, 0.12)),
    "opacity": Sweep("opacity of the ink", (1, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1)),
    "pressure": Sweep("opacity lost along the row, share", (0, 0.2, 0.4, 0.6, 0.8)),
    "pen": Sweep("pen", tuple(pen for pen in PENS if pen != "chalk")),
    "paper": Sweep("paper", tuple(PAPERS), {"pen": ("black",)}),
    "rules": Sweep("lines on the paper", ("none", "ruled", "checked")),
    "shade": Sweep("light lost in a shadow, share", (0, 0.2, 0.4, 0.6, 0.8), {"light": ("edge",)}),
    "folds": Sweep("shade of folds, share", (0, 0.1, 0.2, 0.3, 0.4)),
    "perspective": Sweep("perspective, share", (0, 0.1, 0.2, 0.3, 0.4)),
    "blur": Sweep("out of focus, heights", (0, 0.02, 0.04, 0.06, 0.08, 0.1)),
    "motion": Sweep("moved, heights", (0, 0.05, 0.1, 0.15, 0.2, 0.3)),
    "noise": Sweep("noise of the sensor", (0, 0.04, 0.08, 0.12, 0.16, 0.2)),
    "quality": Sweep("JPEG quality", (80, 40, 20, 10, 5, 2)),
}
