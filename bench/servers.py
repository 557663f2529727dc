"""Servers to measure, what asks them, and their memory."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

SERVED: Final = ("--config", "infra/vm/gunicorn.conf.py")
STARTING: Final = 3  # seconds after the first answer, until all processes have started
SCRIPT: Final = """
local file = io.open("{file}", "rb"); wrk.body = file:read("*a"); file:close()
wrk.method = "{method}"; wrk.headers["Content-Type"] = "application/octet-stream"
wrk.headers["Connection"] = "{connection}"
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
  local lost = summary.errors
  e = e + lost.connect + lost.read + lost.write + lost.timeout
  print(string.format("RESULT %d %d %d %f %f %f", o, b, e, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


class Asked(NamedTuple):
    """What wrk saw a second: answers with 200, 503, and others or none; and ms of all answers."""

    ok: float
    busy: float
    other: float
    p50: float
    p99: float


@contextmanager
def server(
    options: Sequence[str] = SERVED,
    *,
    path: str = "/api/health",
    python: str | Path = sys.executable,
    variables: Mapping[str, str] | None = None,
) -> Iterator[tuple[int, int]]:
    """A gunicorn of two processes; its port and process.

    Raises:
        RuntimeError: it does not answer within two minutes.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "WEB_CONCURRENCY": "2", **(variables or {})}
    command = [python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *options]
    silent = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, stdout=silent, stderr=silent)  # noqa: S603
    try:
        _wait(port, path, process)
        time.sleep(STARTING)
        yield port, process.pid
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(port: int, path: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def wrk(
    port: int,
    path: str,
    body: bytes | None,
    connections: int,
    seconds: float,
    *,
    anew: bool = False,
) -> Asked:
    """Ask over so many connections, on each again as soon as it is answered; or on one `anew`.

    Raises:
        RuntimeError: nothing was read.
    """
    with tempfile.TemporaryDirectory() as folder:
        script, file = Path(folder, "ask.lua"), Path(folder, "body")
        file.write_bytes(body or b"")
        method, connection = "POST" if body else "GET", "close" if anew else "keep-alive"
        script.write_text(SCRIPT.format(file=file, method=method, connection=connection))
        done = subprocess.run(  # noqa: S603
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s",  # noqa: S607
             "-s", str(script), f"http://127.0.0.1:{port}{path}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"RESULT (.*)", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout)
    ok, busy, other, took, p50, p99 = map(float, found.group(1).split())
    if ok == 0:
        raise RuntimeError(f"nothing was read: {found.group(1)}")
    return Asked(ok / took, busy / took, other / took, p50, p99)


def resident(pid: int, what: str = "VmRSS") -> int:
    """Resident memory of a process and its children, MB; of `VmHWM`, the most there ever was."""
    kilobytes = 0
    for one in (str(pid), *children_of(pid)):
        status = Path(f"/proc/{one}/status").read_text()
        kilobytes += int(status.partition(f"{what}:")[2].split()[0])
    return kilobytes // 1024


def children_of(pid: int) -> list[str]:
    """Numbers of a process's children."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
