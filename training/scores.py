"""What is counted of readings: how many are right, and how well confidence tells."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 15  # of confidence, to compare it with the share that is right


@dataclass(frozen=True)
class Score:
    """Readings of one set.

    Attributes:
        labels: int64 or text, (count,), what they show.
        readings: what was read; "" where there was no ink.
        confidences: float64, (count,).
    """

    labels: NDArray[np.int64] | NDArray[np.str_]
    readings: list[str]
    confidences: NDArray[np.float64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which were read right: bool (count,)."""
        both = zip(self.labels, self.readings, strict=True)
        return np.array([reading == str(label) for label, reading in both], bool)

    @classmethod
    def together(cls, scores: Iterable["Score"]) -> "Score":
        """Of all these sets as one."""
        scores = list(scores)
        return cls(
            np.concatenate([score.labels for score in scores]),
            [reading for score in scores for reading in score.readings],
            np.concatenate([score.confidences for score in scores]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Percentages, with the 95% interval of the accuracy."""
        right = self.right
        low, high = wilson(int(right.sum()), len(right))
        return {
            "count": len(right),
            "errors": int((~right).sum()),
            "accuracy": round(100 * float(right.mean()), 2),
            "interval": [round(100 * low, 2), round(100 * high, 2)],
            "calibration_error": round(100 * calibration_error(self.confidences, right), 2),
        }


@dataclass(frozen=True)
class Misread:
    """A picture read wrong.

    Attributes:
        name: of the set it is of.
        file: the image file.
    """

    name: str
    file: bytes
    text: str
    reading: str
    confidence: float


def wilson(right: int, count: int) -> tuple[float, float]:
    """95% interval of a share. Wilson, "Probable inference" (1927)."""
    z = 1.96
    share, spread = right / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return middle - float(half), middle + float(half)


def calibration_error(
    confidences: NDArray[np.float64], right: NDArray[np.bool_], *, bins: int = BINS
) -> float:
    """Expected calibration error over equal bins of confidence (Guo et al., 2017)."""
    which = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [
        abs(confidences[which == b].mean() - right[which == b].mean()) * (which == b).mean()
        for b in np.unique(which)
    ]
    return float(sum(gaps))
