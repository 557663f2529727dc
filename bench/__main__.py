"""Measures all, and writes bench/RESULTS.md and its plot: `python -m bench [--quick]`."""

import argparse
import os
import sys
from pathlib import Path

from . import batch, cold, load, stages, variants

# Each gives a section; another benchmark is another module here.
SECTIONS = (cold, stages, load, variants, batch)


def main() -> None:
    """Measure, one after another."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, and rough")
    quick = parser.parse_args().quick
    busy = os.getloadavg()[0]
    how = f"{os.cpu_count()} cores, load {busy:.1f} before it began{', --quick' if quick else ''}"
    parts = [f"# Results\n\n`make bench` writes this page. Ratios are of one run.\n\n{how}.\n"]
    for section in SECTIONS:
        print(section.__name__, file=sys.stderr, flush=True)
        parts.append(section.measure(quick=quick))
    parts.append(Path("bench/faults.md").read_text())
    Path("bench/RESULTS.md").write_text("\n".join(parts))


if __name__ == "__main__":
    main()
