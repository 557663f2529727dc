"""Coverage-guided fuzzing of pictures, forms and their types: `python -m fuzz --runs 10000`."""

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from .seeds import files, typed
from .target import CORPUS, OWN_TYPE, fuzz

PART: Final = 5_000  # runs of a process: the fuzzer's own memory grows by 50 to 450 KB a run


def main() -> None:
    """Fuzz; the exit status is not 0 where a file does what none may."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    CORPUS.mkdir(parents=True, exist_ok=True)
    seeds = [bytes([number % 8]) + data for number, data in enumerate(files())]
    seeds += [bytes([OWN_TYPE + number]) + data for number, data in enumerate(typed())]
    for number, data in enumerate(seeds):
        (CORPUS / f"seed-{number:03}").write_bytes(data)

    context = multiprocessing.get_context("spawn")
    answers = context.Array("q", 600)  # how many there were, at the place of their status

    def part(first: int) -> int:
        """Fuzz in a process of its own; returns its exit status."""
        runs = min(PART, options.runs - first)
        process = context.Process(target=fuzz, args=(runs, options.seed + first, answers))
        process.start()
        process.join()
        return process.exitcode or 0

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a process
        # Where one fails, those that have not begun are left out.
        failed = any(pool.map(part, range(0, options.runs, PART)))
    counts: list[int] = answers[:]
    print(f"{sum(counts):,} executions; answers by status:", end=" ")
    print({status: count for status, count in enumerate(counts) if count})
    sys.exit(failed)


if __name__ == "__main__":
    main()
