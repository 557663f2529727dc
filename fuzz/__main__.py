"""Coverage-guided fuzzing of what reads bytes from outside: `python -m fuzz --runs 10000`."""

import argparse
import multiprocessing
import sys
from typing import Final

from .seeds import files
from .target import CORPUS, fuzz

AT_ONCE: Final = 10_000  # runs of a process: the fuzzer's own memory grows by 50 to 150 KB a run


def main() -> None:
    """Fuzz; the exit status is not 0 where a file does what none may."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    CORPUS.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(files()):
        (CORPUS / f"seed-{number:03}").write_bytes(bytes([number % 256]) + data)

    context = multiprocessing.get_context("spawn")
    answers = context.RawArray("q", 600)  # how many there were, at the place of their status
    failed = 0
    for first in range(0, options.runs, AT_ONCE):
        runs = min(AT_ONCE, options.runs - first)
        process = context.Process(target=fuzz, args=(runs, options.seed + first, answers))
        process.start()
        process.join()
        if failed := process.exitcode or 0:
            break
    print(f"{sum(answers):,} executions; answers by status:", end=" ")
    print({status: count for status, count in enumerate(answers) if count})
    sys.exit(failed)


if __name__ == "__main__":
    main()
