"""The server under load: wrk against gunicorn, beside a constant endpoint on the same stack."""

import http.client
import resource
import shutil
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from tests.drawing import digit_image, encoded

from . import pictures
from .servers import children_of, resident, server, wrk
from .tables import table

CONNECTIONS: Final = (1, 8, 64)
REQUESTS: Final = 10_000  # after which memory is to be the same
IDLE: Final = 10_000  # connections


def measure(*, quick: bool) -> str:
    """A section of the results."""
    if shutil.which("wrk") is None:
        return "## HTTP under load\n\nNot measured: apt-get install wrk\n"
    seconds = 3 if quick else 10
    what = {
        "constant (/api/health)": ("/api/health", None),
        "280 x 280 PNG, one digit": ("/api/recognize", pictures.number(1, 280, 280)),
        "640 x 200 PNG, 6 digits": ("/api/recognize", pictures.number(6)),
        "12-megapixel JPEG": ("/api/recognize", pictures.photo(4000, 3000)),
    }
    rows = []
    memory: list[tuple[object, ...]] = []
    with server() as (port, pid):
        memory.append(("after the start", resident(pid), resident(pid, "VmHWM")))
        count = 1000 if quick else REQUESTS
        done = _many(port, count)
        memory.append((f"after {done:,.0f} digits of 28 x 28", resident(pid), "-"))
        for name, (path, body) in what.items():
            for connections in CONNECTIONS:
                found = wrk(port, path, body, connections, seconds)
                rows.append((name, connections, *(f"{one:.1f}" for one in found)))
            most = resident(pid, "VmHWM")
            memory.append((f"64 connections: {name}", resident(pid), most))
    return (
        "## HTTP under load\n\nwrk against gunicorn of two processes, on the same two cores. "
        "Refused is 503 with Retry-After, at once; wrk does not wait but asks again. Latencies are "
        "of all answers; for refused ones apart, see below.\n\n"
        + table(
            ("what", "connections", "read / s", "refused / s", "other", "p50 ms", "p99 ms"), rows
        )
        + "\nResident memory of all its processes, one after another, and the most it ever was:\n\n"
        + table(("when", "MB", "most MB"), memory)
        + f"\n{_idle(1000 if quick else IDLE)}\n"
    )


def _many(port: int, count: int) -> float:
    """Ask so often or oftener; how often it was answered."""
    digit, done = encoded(digit_image(4, size=(28, 28))), 0.0
    while done < count:
        found = wrk(port, "/api/recognize", digit, 8, 5)
        done += 5 * found.ok
    return done


def _idle(count: int) -> str:
    """How long one waits for the reading of a digit while so many connections lie idle."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(count, most - 300)
    digit = encoded(digit_image(4, size=(28, 28)))
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server's, too
    try:
        with server() as (port, pid), ExitStack() as stack:
            alone = [_took(port, digit) for _ in range(50)]
            before = resident(pid)
            for _ in range(count):
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            _hold(pid, count)
            beside = [_took(port, digit) for _ in range(50)]
            more = resident(pid) - before
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
    return (
        f"With {count:,} idle connections a digit of 28 x 28 was answered in {median(beside):.1f} "
        f"ms, {max(beside):.0f} ms at most of 50, without them in {median(alone):.1f} and "
        f"{max(alone):.0f} ms; they took {more} MB."
    )


def _hold(pid: int, count: int) -> None:
    """Wait until a server's processes hold so many connections, a minute at most."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in children_of(pid)) >= count:
            return
        time.sleep(0.1)
    raise RuntimeError("the server did not accept them")


def _took(port: int, body: bytes) -> float:
    """Milliseconds that an answer took.

    Raises:
        RuntimeError: it was not 200.
    """
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/recognize", body, {"Content-Type": "image/png"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}")
    return 1000 * (time.perf_counter() - start)
