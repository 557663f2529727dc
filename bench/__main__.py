"""Measures all, and writes bench/RESULTS.md and its plot: `python -m bench [--quick]`."""

import argparse
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

from shared import model

from . import batch, cold, load, overload, peers, stages, variants

# Each gives a section; another benchmark is another module here.
SECTIONS = (cold, stages, load, overload, peers, variants, batch)


def main() -> None:
    """Measure, one after another."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, and rough")
    quick = parser.parse_args().quick
    busy = os.getloadavg()[0]
    how = f"{os.cpu_count()} cores, load {busy:.1f} before it began{', --quick' if quick else ''}"
    for path in peers.KERAS:  # none of an earlier network
        path.unlink(missing_ok=True)
    keras_models = [sys.executable, "-m", "bench.keras_models"]
    subprocess.run(keras_models, check=False)  # noqa: S603 - without, they are not measured
    used = model.load()
    of = f"Networks {used.version} of a digit and {used.rows_version} of a row, {how}."
    parts = [f"# Results\n\n`make bench` writes this page. Ratios are of one run.\n\n{of}\n"]
    faults = Path("bench/faults.md").read_text()
    for section in SECTIONS:
        print(time.strftime("%X"), section.__name__, file=sys.stderr, flush=True)
        try:
            parts.append(section.measure(quick=quick))
        except Exception as error:  # the others are measured all the same
            traceback.print_exc()
            parts.append(
                f"## {section.__name__}\n\nNot measured: {type(error).__name__}: {error}\n"
            )
        # What was measured is kept, whatever ends the rest.
        Path("bench/RESULTS.md").write_text("\n".join([*parts, faults]))


if __name__ == "__main__":
    main()
