"""The server under load: wrk against gunicorn, beside a constant endpoint on the same stack."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from . import pictures
from .tables import table

CONNECTIONS: Final = (1, 8, 64)
SCRIPT: Final = """
local file = io.open("{file}", "rb"); wrk.body = file:read("*a"); file:close()
wrk.method = "POST"; wrk.headers["Content-Type"] = "application/octet-stream"
local threads = {{}}
function setup(thread) table.insert(threads, thread) end
function init() ok, busy, other = 0, 0, 0 end
function response(status)
  if status == 200 then ok = ok + 1 elseif status == 503 then busy = busy + 1
  else other = other + 1 end
end
function done(summary, latency)
  local o, b, e = 0, 0, 0
  for _, t in ipairs(threads) do
    o, b, e = o + t:get("ok"), b + t:get("busy"), e + t:get("other")
  end
  print(string.format("RESULT %d %d %d %f %f %f", o, b, e, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


def measure(*, quick: bool) -> str:
    """A section of the results."""
    if shutil.which("wrk") is None:
        return "## HTTP under load\n\nNot measured: apt-get install wrk\n"
    seconds = 3 if quick else 15
    what = {
        "constant (/api/health)": ("/api/health", None),
        "280 x 280 PNG, one digit": ("/api/recognize", pictures.number(1, 280, 280)),
        "640 x 200 PNG, 6 digits": ("/api/recognize", pictures.number(6)),
        "12-megapixel JPEG": ("/api/recognize", pictures.photo(4000, 3000)),
    }
    rows, memory = [], []
    with _server() as (port, pid):
        memory.append(("after the start", _resident(pid)))
        for name, (path, body) in what.items():
            for connections in CONNECTIONS:
                ok, busy, other, took, p50, p99 = _wrk(port, path, body, connections, seconds)
                rows.append((name, connections, f"{ok / took:.0f}", f"{busy / took:.0f}", other,
                             f"{p50:.1f}", f"{p99:.1f}"))  # fmt: skip
            memory.append((f"after {name}", _resident(pid)))
    return (
        "## HTTP under load\n\nwrk against gunicorn of two processes, on the same two cores. "
        "Refused is 503 with Retry-After, at once; wrk does not wait but asks again. Latencies are "
        "of all answers.\n\n"
        + table(
            ("what", "connections", "read / s", "refused / s", "other", "p50 ms", "p99 ms"), rows
        )
        + "\nResident memory of all its processes, after 64 connections of each:\n\n"
        + table(("when", "MB"), memory)
    )


@contextmanager
def _server() -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "WEB_CONCURRENCY": "2"}
    command = [sys.executable, "-m", "gunicorn", "--config", "infra/vm/gunicorn.conf.py"]
    silent = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, stdout=silent, stderr=silent)  # noqa: S603
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health").close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def _wrk(
    port: int, path: str, body: bytes | None, connections: int, seconds: int
) -> tuple[float, ...]:
    with tempfile.TemporaryDirectory() as folder:
        script, file = Path(folder, "ask.lua"), Path(folder, "body")
        file.write_bytes(body or b"")
        text = SCRIPT.format(file=file)
        script.write_text(text if body else text.replace('"POST"', '"GET"'))
        done = subprocess.run(  # noqa: S603
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s",  # noqa: S607
             "-s", str(script), f"http://127.0.0.1:{port}{path}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"RESULT (.*)", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout)
    return tuple(map(float, found.group(1).split()))


def _resident(pid: int) -> int:
    """Resident memory of a process and its children, MB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    kilobytes = 0
    for one in (str(pid), *children):
        status = Path(f"/proc/{one}/status").read_text()
        kilobytes += int(status.partition("VmRSS:")[2].split()[0])
    return kilobytes // 1024
