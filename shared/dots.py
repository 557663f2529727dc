"""Which strokes are holes, blots and bullets: discs far thicker than a pen."""

from typing import Final

import numpy as np

from .raster import Mask, filled
from .strokes import Strokes, find_strokes

FULL: Final = 0.7  # of its box, the area of a disc, at least ...
CUT: Final = 0.6  # ... without what is cut out of it ...
UNEQUAL: Final = 0.2  # ... and of its height, by how much it may be wider or narrower
DISC: Final = 1.2  # times the largest disc in it, at most ...
ROUND: Final = 1.09  # ... where a sign is cut out of it
DOT: Final = 1.5  # times the thickness of strokes, that of a disc that is no digit, at least
SIGNED: Final = 2  # strokes beside a disc that a sign is cut out of, at least


def are_dots(strokes: Strokes) -> Mask:
    """Which are discs far thicker than the pen of the others, if there are any, by number.

    A sign may be cut out of them, as of logos and coins.
    """
    _, _, width, height = strokes.boxes.T
    is_square = np.abs(width - height) < UNEQUAL * height + 2
    may_be: Mask = is_square & (strokes.areas > CUT * width * height)
    may_be[0] = False
    if not may_be.any():
        return may_be
    radii, others = strokes.radii, ~may_be[1:]
    pen = float(np.median(radii[1:][others])) if others.any() else 0.0
    are = may_be & (radii > DOT * pen)
    for number in np.flatnonzero(are).tolist():
        are[number] = _is_disc(strokes.mask(number), int(others.sum()))
    return are


def _is_disc(stroke: Mask, others: int) -> bool:
    """Whether a stroke is a disc, or one that a sign is cut out of, beside so many others.

    What is cut out may be the eye of a 0, or of a 6 in two strokes; no 0 is that round.
    """
    whole = find_strokes(filled(stroke))
    area, radius = int(whole.areas[1]), float(whole.radii[1])
    is_cut = area > np.count_nonzero(stroke)
    if is_cut and others < SIGNED:
        return False
    return bool(FULL * stroke.size < area < (ROUND if is_cut else DISC) * np.pi * radius**2)
