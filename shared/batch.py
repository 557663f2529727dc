"""One file of a batch in, its answer out; whoever moves files around only reads and writes."""

from typing import Final

from . import model
from .http import in_words, to_json
from .problems import Problem
from .recognize import recognize
from .settings import get as get_settings

SUFFIX: Final = ".json"


def answer(source: str, data: bytes) -> bytes:
    """The JSON object that goes beside a picture: its reading, or the problem with it.

    Args:
        source: the picture's path in its container or folder, kept in the answer.

    Raises:
        MemoryError: and whatever else may pass when tried again; a file that cannot be read
            is answered with its problem instead.
    """
    try:
        limit = get_settings().max_upload_bytes
        if len(data) > limit:
            raise Problem(413, f"The file is larger than {in_words(limit)}, the most that is read.")
        content = recognize(data, model.load()).to_dict()
    except Problem as problem:
        content = problem.to_dict()
    return to_json({"source": source, **content})


def given_up(source: str) -> bytes:
    """The answer to a picture that failed again and again for a fault on our side."""
    problem = Problem(500, "The picture could not be read for a fault on our side.")
    return to_json({"source": source, **problem.to_dict()})


def result_name(source: str) -> str:
    """Where the answer to the picture at path `source` goes."""
    return source + SUFFIX
