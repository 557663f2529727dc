"""Reads digits from image files: `python -m shared FILE_OR_FOLDER...`."""

import argparse
import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from . import batch, model, settings
from .files import pictures_in, plain
from .problems import Problem
from .recognize import MODES, Mode
from .words import percent


def main(arguments: list[str] | None = None) -> int:
    """Read every file and print a line for each; 1 if any failed, else 0."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name may be no UTF-8
    model.load()
    files = list(_files(options.paths))
    write = {"json": _write_json, "csv": _write_csv, "text": _write_text}[options.form]
    failed = False

    def results() -> Iterator[dict[str, Any]]:
        nonlocal failed
        for path in _progress(files):
            result = _read(path, options.mode)
            failed |= "status" in result
            yield result

    write(results())
    if not files:
        print("There are no pictures in these folders.", file=sys.stderr)
    return int(failed or not files)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--mode", choices=MODES, default="auto")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json",
        dest="form",
        action="store_const",
        const="json",
        help="a JSON object a line",
    )
    form.add_argument(
        "--csv",
        dest="form",
        action="store_const",
        const="csv",
        help="file, text, confidence",
    )
    parser.set_defaults(form="text")
    return parser


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves, and of a folder all pictures below it, in order."""
    for path in paths:
        if path.is_dir():
            yield from pictures_in(path)
        else:
            yield path


def _read(path: Path, mode: Mode) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(settings.get().max_upload_bytes + 1)
    except OSError as error:
        problem = Problem(400, f"The file cannot be opened: {error.strerror}.")
        return batch.refused(str(path), problem)
    return batch.answer(str(path), data, mode=mode)


def _progress(files: list[Path]) -> Iterable[Path]:
    """A progress bar where someone watches, if tqdm is installed."""
    if not sys.stderr.isatty() or len(files) < 2:
        return files
    try:
        from tqdm import tqdm
    except ImportError:
        return files
    return tqdm(files, unit="picture", file=sys.stderr)


def _write_json(results: Iterable[dict[str, Any]]) -> None:
    for result in results:
        print(json.dumps(result), flush=True)


def _write_csv(results: Iterable[dict[str, Any]]) -> None:
    table = csv.writer(sys.stdout)
    table.writerow(["file", "text", "confidence"])
    for result in results:
        reading = result.get("text", ""), result.get("confidence", "")
        table.writerow([plain(result["source"]), *reading])
        _complain(result)


def _write_text(results: Iterable[dict[str, Any]]) -> None:
    for result in results:
        if "text" in result:
            text = result["text"].replace("\n", " / ")
            said = f"{text}  {percent(result['confidence'])}" if text else "(no digit)"
            print(f"{result['source']}: {said}", flush=True)
        _complain(result)


def _complain(result: dict[str, Any]) -> None:
    if "status" in result:
        print(f"{result['source']}: {result['detail']}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader of our output, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (FileNotFoundError, ValueError) as error:  # the model, or a setting
        sys.exit(f"{error}")
