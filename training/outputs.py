"""Where hours of work are kept: files that are there whole or not at all."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Unusable(ValueError):
    """What was given cannot be worked with; the message is for whoever gave it."""


def require_place(output: Path) -> None:
    """See that a file can be put there, before the work that it is to hold.

    Raises:
        OSError: it cannot.
    """
    if output.is_dir():
        raise IsADirectoryError(f"{output} is a folder")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=output.parent):
        pass


@contextmanager
def replaced(output: Path) -> Iterator[Path]:
    """A path to write to, of the same name; what is there takes the output's place at the end.

    Whatever fails before, the output stays as it was.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    # Beside it, so that it can be moved there in one step.
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as folder:
        part = Path(folder) / output.name
        yield part
        part.replace(output)


def write(output: Path, text: str) -> None:
    """Put a text there."""
    with replaced(output) as part:
        part.write_text(text)


def write_json(output: Path, content: Mapping[str, Any]) -> None:
    """Put figures or facts there."""
    write(output, json.dumps(content, indent=2) + "\n")
