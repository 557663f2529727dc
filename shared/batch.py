"""One file of a batch in, its answer out; whoever moves files around only reads and writes.

`python -m shared.batch` is the client for people: see `client`.
"""

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any, Final

from . import model, settings
from .problems import Problem, too_large
from .recognize import Mode, recognize

SUFFIX: Final = ".json"
Answer = dict[str, Any]  # a reading or a problem, as the contract has them, and its source

log = logging.getLogger("cnndemo.batch")


def answer(source: str, data: bytes, *, mode: Mode = "auto") -> Answer:
    """The JSON object that goes beside a picture: its reading, or the problem with it.

    Args:
        source: the picture's path in its container or folder, kept in the answer.
        data: of a file above `MAX_UPLOAD_BYTES`, one byte more than that is enough.

    Raises:
        MemoryError: and whatever else may pass when tried again; a file that cannot be read
            is answered with its problem instead.
    """
    try:
        limit = settings.get().max_upload_bytes
        if len(data) > limit:
            raise too_large("file", limit)
        return {"source": source, **recognize(data, model.load(), mode=mode).to_dict()}
    except Problem as problem:
        return refused(source, problem)


def refused(source: str, problem: Problem) -> Answer:
    """The answer that says what is wrong with a picture, or that something is with us."""
    return {"source": source, **problem.to_dict()}


def given_up(source: str) -> Answer:
    """The answer to a picture that failed again and again for a fault on our side."""
    return refused(source, Problem(500, "The picture could not be read for a fault on our side."))


def outcome_of(content: Mapping[str, Any]) -> str:
    """What an answer is, in a word: "read", "problem" or, for a fault on our side, "given up"."""
    if "text" in content:
        return "read"
    return "given up" if content["status"] >= 500 else "problem"


def is_doubtful(content: Mapping[str, Any]) -> bool:
    """Whether a person should look at a reading; never of a problem, which has none."""
    return "confidence" in content and content["confidence"] < settings.get().review_threshold


def result_name(source: str) -> str:
    """Where the answer to the picture at path `source` goes."""
    return source + SUFFIX


def log_picture(
    outcome: str,
    name: str,
    *,
    size: int | None = None,
    content: Mapping[str, Any] | None = None,
    **milliseconds: float,
) -> None:
    """Write the one line that is logged for a picture: JSON, never the picture or its reading.

    Args:
        outcome: what became of it.
        size: of the file in bytes.
        content: its answer, of which the text's length and the confidence are kept.
        milliseconds: what each stage took.
    """
    line: dict[str, Any] = {"event": "picture", "outcome": outcome, "name": name, "bytes": size}
    line["ms"] = {stage: round(time, 1) for stage, time in milliseconds.items()}
    if content is not None:
        line["status"] = content.get("status")
        line["length"] = len(content["text"]) if "text" in content else None
        line["confidence"] = content.get("confidence")
    kept = {key: value for key, value in line.items() if value is not None}
    text = json.dumps(kept, ensure_ascii=False)
    log.info("%s", text.encode(errors="backslashreplace").decode())


if __name__ == "__main__":
    from .client import main

    sys.exit(main())
