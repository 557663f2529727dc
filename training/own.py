"""Measures it on your own pictures: `python -m training own LABELS`.

LABELS is a table of files and what they show, such as the page's corrections (its zip as it is, or
the labels.csv in it) or what `python -m shared.batch collect` wrote, put right by a person.
"""

import csv
import functools
import io
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from tqdm import tqdm

from shared import settings
from shared.decode import decode
from shared.problems import Problem
from shared.recognize import Mode

from .card import review_table
from .evaluate_numbers import score
from .outputs import Unusable, require_place
from .readers import Readers
from .review import enough, table

TABLE: Final = "labels.csv"
FILES: Final = ("file", "source")  # what its columns are called, the first that there is
LABELS: Final = ("label", "text")
DELIMITERS: Final = ",;\t"  # as spreadsheets of different countries write

Read = Callable[[str], bytes]
Row = tuple[str, str]  # a file's name, and the digits that it shows


def measure(model: Path, labels: Path, *, mode: Mode, sheet: Path) -> None:
    """Print how many are read right, and what each review threshold would send to a person.

    Args:
        labels: a CSV file, beside which the files lie that it names, or a zip of all of them.
        sheet: the picture to write of what was misread.

    Raises:
        OSError: the table cannot be read, or the sheet not be written.
        Unusable: there is no such table, or none of its pictures can be read.
    """
    require_place(sheet)
    if zipfile.is_zipfile(labels):
        try:
            archive = zipfile.ZipFile(labels)
        except zipfile.BadZipFile as error:
            raise Unusable(f"{labels} is damaged: {error}") from error
        with archive:
            _measure(model, functools.partial(_unzipped, archive), TABLE, mode, sheet)
    else:
        _measure(model, lambda name: (labels.parent / name).read_bytes(), labels.name, mode, sheet)


def _measure(model: Path, read: Read, name: str, mode: Mode, sheet: Path) -> None:
    from . import plots

    rows = tqdm(rows_of(read, name), "reading", unit="picture", disable=None)
    with Readers(model) as readers:
        scores, misread = score(readers, _pictures(read, rows), (mode,), name=name)
    if not scores[mode].readings:
        raise Unusable(f"none of the pictures that {name} names can be read")
    figures = scores[mode].to_dict()
    low, high = figures["interval"]
    thresholds = table(scores[mode].confidences, scores[mode].right)
    print(
        f"{figures['count'] - figures['errors']} of {figures['count']} right:"
        f" {figures['accuracy']:.2f}% (95% interval {low:.2f} to {high:.2f}),"
        f" calibration error {figures['calibration_error']:.2f}%\n\n{review_table(thresholds)}\n\n"
        f"{enough(thresholds)}"
    )
    if misread:
        plots.misread(misread, sheet)
        print(f"the surest of what was misread: {sheet}")


def _unzipped(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    # What zipfile raises at what is encrypted, or packed in a way that it does not know, too.
    except (zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise OSError(f"{name} in the zip is damaged: {error}") from error


def rows_of(read: Read, name: str) -> list[Row]:
    """What a table says.

    Args:
        read: gives a file by its name.

    Raises:
        OSError: it cannot be read.
        Unusable: it is not there, or no such table.
    """
    try:
        text = read(name).decode("utf-8-sig")  # so spreadsheets write it
    except KeyError:
        raise Unusable(f"there is no {name} in the zip") from None
    except UnicodeDecodeError:
        raise Unusable(f"{name} is no text in UTF-8") from None
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows.fieldnames = [column.strip().lower() for column in rows.fieldnames or ()]
        file, label = (_column(name, rows.fieldnames, known) for known in (FILES, LABELS))
        return [(row[file] or "", _digits(row[label] or "")) for row in rows]
    except csv.Error as error:
        raise Unusable(f"{name}: {error}") from error


def _column(table_: str, columns: Sequence[str], known: tuple[str, ...]) -> str:
    for column in known:
        if column in columns:
            return column
    raise Unusable(f"{table_} has no column called {' or '.join(known)}")


def _digits(label: str) -> str:
    """Those of each row of a label, as readings have them: without signs."""
    lines = (re.sub("[^0-9]", "", line) for line in label.splitlines())
    return "\n".join(line for line in lines if line)


def _pictures(read: Read, rows: Iterable[Row]) -> Iterator[tuple[bytes, str]]:
    """Those that can be read, with their labels; of others it is said why not."""
    for name, label in rows:
        try:
            # Tables have an apostrophe before what a spreadsheet would compute; see `shared.files`.
            file = read(name.removeprefix("'"))
            decode(file, max_pixels=settings.get().max_pixels)
        except (OSError, KeyError, Problem) as error:
            reason = "it is not in the zip" if isinstance(error, KeyError) else error
            print(f"{name}: {reason}", file=sys.stderr)
            continue
        yield file, label
