"""What is fuzzed, and one process of it.

Atheris mutates small files of every format, and keeps those that reach lines of `shared` and of
Pillow not reached before. An answer of 500, one that is not by the contract, one after 2 s of CPU
time, more than 512 MB, or a crash ends it; the file is then in `build/fuzz`.
"""

import json
import logging
import time
import warnings
from functools import partial
from multiprocessing.sharedctypes import SynchronizedArray
from pathlib import Path
from typing import Final, TypeAlias

import atheris

with atheris.instrument_imports(include=["PIL", "multipart", "shared"]):
    from shared import http, model, openapi

import jsonschema

FOLDER: Final = Path("build/fuzz")
CORPUS: Final = FOLDER / "corpus"  # what is kept
SECONDS, MEGABYTES, LONGEST = 2, 512, 8192
FORM: Final = "multipart/form-data; boundary=b"
MODES: Final = ("auto", "digit", "number", "auto")
OWN_TYPE: Final = 248  # first bytes from which on a file says its Content-Type
STATUSES: Final = (200, 400, 413, 415)  # of answers to whatever files

Answers: TypeAlias = "SynchronizedArray[int]"  # how many there were, at the place of their status


def _validator(name: str) -> jsonschema.Draft202012Validator:
    components = openapi.DOCUMENT["components"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    return jsonschema.Draft202012Validator(schema)


READING, PROBLEM, RESULTS = map(_validator, ("Reading", "Problem", "Results"))


def ask(answers: Answers, data: bytes) -> None:
    """Ask for the reading of a file, whose first byte says how, and count the answer.

    A line before some files is their Content-Type.
    """
    how, body = data[:1] or b"\0", data[1:]
    kind = FORM if body.startswith(b"--b") else "application/octet-stream"
    if how[0] >= OWN_TYPE:
        head, _, body = body.partition(b"\n")
        kind = head.decode("latin-1")
    query = {"mode": MODES[how[0] % 4], "explain": "1" if how[0] & 4 else "0"}
    before, start = _megabytes("VmRSS", afresh=True), time.process_time()
    answer = http.answer(http.recognize_endpoint, http.Request("POST", query, kind, body))
    seconds, grown = time.process_time() - start, _megabytes("VmHWM") - before
    with answers.get_lock():
        answers[answer.status] += 1
    if answer.status not in STATUSES or max(seconds / SECONDS, grown / MEGABYTES) > 1:
        raise AssertionError(answer.status, seconds, grown, answer.body[:500])
    content = json.loads(answer.body, parse_constant=_refuse)
    for one in content.get("results", ()):
        if one.get("status", 200) not in STATUSES:
            raise AssertionError(one)
    schema = PROBLEM if answer.status != 200 else RESULTS if "results" in content else READING
    schema.validate(content)


def _refuse(number: str) -> None:
    raise AssertionError(f"{number} is no JSON")


def _megabytes(name: str, *, afresh: bool = False) -> int:
    """Size of this process, or the greatest since it was last asked `afresh`."""
    if afresh:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) // 1024


def fuzz(runs: int, seed: int, answers: Answers) -> None:
    """Fuzz so many times from the corpus on, and end the process."""
    warnings.simplefilter("ignore")
    logging.disable()
    model.load()
    flags = {
        "runs": runs,
        "seed": seed,
        "max_len": LONGEST,
        "timeout": 10 * SECONDS,  # of the clock: a machine may be busy
        "rss_limit_mb": 4096,
        "artifact_prefix": f"{FOLDER}/",
        "print_final_stats": 1,
    }
    arguments = [f"-{name}={value}" for name, value in flags.items()]
    atheris.Setup(["fuzz", *arguments, str(CORPUS)], partial(ask, answers))
    atheris.Fuzz()
