"""The server under twice the load it can carry: who is answered, how late, and who is refused."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import pictures
from .asking import in_words
from .servers import resident, server, wrk
from .tables import table

SETTLING = 3  # seconds at first that do not count ...
FILLING = 200  # ... and those that it takes to read so many: queues fill, and are found too long
SHARES = (0.7, 1.0, 2.0)  # of what it can carry


def measure(*, quick: bool) -> str:
    """A section of the results."""
    if shutil.which("wrk") is None:
        return "## Overload\n\nNot measured: apt-get install wrk\n"
    seconds = 4 if quick else 15
    what = {
        "640 x 200 PNG, 6 digits": pictures.number(6),
        "12-megapixel JPEG": pictures.photo(4000, 3000),
    }
    rows = []
    with server() as (port, pid):
        for name, body in what.items():
            carried = wrk(port, "/api/recognize", body, 8, 3 if quick else 8, anew=True).ok
            # Eight at a time may leave a processor idle where bodies are large.
            took = _asked(port, body, 2 * carried, seconds, SETTLING + FILLING / carried)
            carried = max(carried, len(took.get("200", [])) / seconds)
            for share in SHARES:
                took = _asked(port, body, share * carried, seconds, SETTLING + FILLING / carried)
                read, read_in = in_words(took.pop("200", []))
                refused, refused_in = in_words(took.pop("503", []))
                other = sum(map(len, took.values()))
                rows.append((name, f"{share * carried:.0f} ({share:.1f}x)",
                             f"{read / seconds:.0f}", read_in, f"{refused / seconds:.0f}",
                             refused_in, other))  # fmt: skip
        most = resident(pid, "VmHWM")
    head = ("what", "asked / s", "read / s", "p50 / p99 ms", "refused / s", "p50 / p99 ms", "other")
    return (
        "## Overload\n\nAsked at a steady rate, whatever comes back, each on a new connection; "
        "times are from when it was due, none of the first seconds, in which a queue fills. Once "
        "it is what the server can carry: what wrk got over 8 connections, each anew as well, or "
        "what is read when twice that is asked, whichever is more.\n\n"
        + table(head, rows)
        + f"\nThe most memory that all processes took: {most} MB.\n\n"
        "A client may send 32 pictures at once and none is refused: each process takes 33, of "
        "which 31 wait. While more come than can be served such a queue would stay full, and all "
        "would wait for all of it; so while some are refused again and again, fewer may wait: see "
        "`infra/vm/server/admission.py`.\n"
    )


def _asked(
    port: int, body: bytes, rate: float, seconds: float, settling: float
) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "body")
        file.write_bytes(body)
        asked = map(str, (port, "/api/recognize", file, rate, seconds, settling))
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "bench.asking", *asked],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    took: dict[str, list[float]] = json.loads(done.stdout)
    return took
