"""Coverage-guided fuzzing of what reads bytes from outside: `python -m fuzz --runs 10000`.

Atheris mutates small files of every format, and keeps those that reach lines of `shared` and of
Pillow not reached before. An answer of 500, one that is not by the contract, one after 2 s of CPU
time, more than 512 MB, or a crash ends it; the file is then in `build/fuzz`.
"""

import argparse
import atexit
import json
import logging
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["PIL", "multipart", "shared"]):
    from shared import http, model, openapi

import jsonschema

from .seeds import files

FOLDER: Final = Path("build/fuzz")
SECONDS, MEGABYTES, LONGEST = 2, 512, 8192
FORM: Final = "multipart/form-data; boundary=b"
MODES: Final = ("auto", "digit", "number", "auto")

answers: Counter[int] = Counter()


def _validator(name: str) -> jsonschema.Draft202012Validator:
    components = openapi.DOCUMENT["components"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    return jsonschema.Draft202012Validator(schema)


READING, PROBLEM, RESULTS = map(_validator, ("Reading", "Problem", "Results"))


def ask(data: bytes) -> None:
    """Ask for the reading of a file, whose first byte says how."""
    how, body = data[:1] or b"\0", data[1:]
    query = {"mode": MODES[how[0] % 4], "explain": "1" if how[0] & 4 else "0"}
    kind = FORM if body.startswith(b"--b") else "application/octet-stream"
    before, start = _megabytes("VmRSS", afresh=True), time.process_time()
    answer = http.answer(http.recognize_endpoint, http.Request("POST", query, kind, body))
    seconds, grown = time.process_time() - start, _megabytes("VmHWM") - before
    answers[answer.status] += 1
    if answer.status not in (200, 400, 413, 415) or max(seconds / SECONDS, grown / MEGABYTES) > 1:
        raise AssertionError(answer.status, seconds, grown, answer.body[:500])
    content = json.loads(answer.body)
    schema = PROBLEM if answer.status != 200 else RESULTS if "results" in content else READING
    schema.validate(content)


def _megabytes(name: str, *, afresh: bool = False) -> int:
    """Size of this process, or the greatest since it was last asked `afresh`."""
    if afresh:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) // 1024


def main() -> None:
    """Fuzz; the exit status is not 0 where a file does what none may."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    corpus = FOLDER / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(files()):
        (corpus / f"seed-{number:03}").write_bytes(bytes([number % 256]) + data)

    warnings.simplefilter("ignore")
    logging.disable()
    model.load()
    atexit.register(lambda: print("answers by status:", dict(sorted(answers.items()))))
    flags = {
        "runs": options.runs,
        "seed": options.seed,
        "max_len": LONGEST,
        "timeout": 10 * SECONDS,  # of the clock: a machine may be busy
        "rss_limit_mb": 8192,  # the fuzzer's own memory grows, by 50 KB a run
        "artifact_prefix": f"{FOLDER}/",
        "print_final_stats": 1,
    }
    atheris.Setup([sys.argv[0], *(f"-{k}={v}" for k, v in flags.items()), str(corpus)], ask)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
