"""Asks a server at a steady rate, whatever it answers: `python -m bench.asking` in a process apart.

wrk asks again as soon as it is answered, which no client does that is told to come again in a
second, and gives one latency for what was answered and what was refused.
"""

import json
import socket
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import Final

CLIENTS: Final = 400  # more than ever wait for an answer at a time
# Sent as it is: a library's client takes twice the time, and from the same cores as the server.
HEAD: Final = (
    "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
    "Content-Length: {length}\r\nConnection: close\r\n\r\n"
)


def main() -> None:
    """Print, as JSON, the milliseconds that each status took: PORT PATH BODY RATE SECONDS SETTLING.

    What is asked in the first `SETTLING` seconds does not count.
    """
    port, path, file, rate, seconds, settling = sys.argv[1:]
    body = Path(file).read_bytes()
    request = HEAD.format(path=path, length=len(body)).encode() + body
    first = round(float(rate) * float(settling))
    count = first + max(1, round(float(rate) * float(seconds)))
    start = time.perf_counter() + 0.5
    took: dict[str, list[float]] = {}

    def ask(number: int) -> tuple[str, float]:
        due = start + number / float(rate)
        time.sleep(max(0.0, due - time.perf_counter()))
        return _asked(int(port), request), 1000 * (time.perf_counter() - due)

    with ThreadPoolExecutor(min(count, CLIENTS)) as pool:
        for number, (status, milliseconds) in enumerate(pool.map(ask, range(count))):
            if number >= first:
                took.setdefault(status, []).append(milliseconds)
    print(json.dumps(took))


def _asked(port: int, request: bytes) -> str:
    """The status, or the fault's name."""
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(request)
            while part := connection.recv(65536):
                answer += part
    except OSError as error:
        return type(error).__name__
    return answer[9:12].decode() or "no answer"


def in_words(took: Sequence[float]) -> tuple[int, str]:
    """How many there were, and their median and 99th percentile in ms."""
    if len(took) < 2:
        return len(took), "-"
    cuts = quantiles(took, n=100, method="inclusive")
    return len(took), f"{cuts[49]:.0f} / {cuts[98]:.0f}"


if __name__ == "__main__":
    main()
