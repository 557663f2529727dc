"""What the real server does when things go wrong; bench/RESULTS.md has the table of faults."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from server.admission import busy as busy_problem
from shared.http import refused
from tests.conftest import ROOT
from tests.drawing import digit_image, encoded, number_image
from tests.vm.conftest import Server, Start

PNG = encoded(digit_image(4))
HEAD = b"POST /api/recognize HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs gunicorn, thus POSIX")


def connected(server: Server, data: bytes = b"") -> socket.socket:
    connection = socket.create_connection((server.host, server.port), timeout=60)
    connection.sendall(data)
    return connection


def heard(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    with connection:
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def still_reads(server: Server) -> bool:
    status, body = server.ask("POST", "/api/recognize", PNG, Content_Type="image/png")
    return status == 200 and json.loads(body)["text"] == "4"


def without_traces(server: Server) -> bool:
    return "Traceback" not in server.log.read_text()


def test_idle_connections_keep_no_one_out(start: Start) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    hard = before[1]
    most = 4096 if hard == resource.RLIM_INFINITY else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))  # which the server raises
        server = start()
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        idle = [connected(server) for _ in range(min(1000, most - 200))]
        assert still_reads(server)
        assert [heard(one) for one in idle[:3]] == [b""] * 3  # closed after `keepalive` seconds
        for one in idle:
            one.close()
        assert without_traces(server)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_slow_clients_keep_no_one_out(server: Server) -> None:
    heads = [connected(server, b"POST /api/rec") for _ in range(25)]
    bodies = [connected(server, HEAD + b"Content-Length: 10000\r\n\r\nabc") for _ in range(25)]
    assert still_reads(server)
    for one in heads + bodies:
        one.close()
    assert still_reads(server)
    assert without_traces(server)


def test_clients_that_do_not_close_keep_no_one_out(server: Server) -> None:
    ask = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    lasting = [connected(server, ask) for _ in range(200)]
    assert still_reads(server)  # or its client gives up
    assert all(heard(one).startswith(b"HTTP/1.1 200 OK") for one in lasting)
    assert still_reads(server)
    until(lambda: not sum(_sockets(server)))


def test_slow_clients_on_all_threads_are_hurried(start: Start) -> None:
    server = start(SENDING_SECONDS="120")
    slow = [connected(server, HEAD + b"Content-Length: 10000\r\n\r\nabc") for _ in range(150)]
    assert still_reads(server)  # or its client gives up
    assert b"400 Bad Request" in heard(slow[0])
    for one in slow:
        one.close()
    assert without_traces(server)


def test_a_request_that_never_ends_is_cut_off(start: Start) -> None:
    server = start(SENDING_SECONDS="1")
    connection = connected(server, HEAD + b"Content-Length: 10000\r\n\r\nabc")
    assert b"400 Bad Request" in heard(connection)
    assert heard(connected(server, b"POST /api/rec")) == b""
    assert still_reads(server)
    assert without_traces(server)


def test_a_body_half_sent(server: Server) -> None:
    connection = connected(server, HEAD + f"Content-Length: {len(PNG)}\r\n\r\n".encode() + PNG[:99])
    connection.shutdown(socket.SHUT_WR)
    assert b"400 Bad Request" in heard(connection)
    assert still_reads(server)
    assert without_traces(server)


@pytest.mark.parametrize("length", [b"-1", b"x", b"1e3", b"1\r\nContent-Length: 2"])
def test_wrong_content_length(start: Start, length: bytes) -> None:
    server = start(SENDING_SECONDS="1")
    answer = heard(connected(server, HEAD + b"Content-Length: " + length + b"\r\n\r\n" + PNG))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request")
    assert still_reads(server)
    assert without_traces(server)


def test_a_giant_content_length_is_refused_at_once(server: Server) -> None:
    connection = connected(server, HEAD + b"Content-Length: 99999999999\r\n\r\n")
    with connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    assert still_reads(server)


def test_a_longer_content_length_is_cut_off(start: Start) -> None:
    server = start(SENDING_SECONDS="1")
    connection = connected(server, HEAD + b"Content-Length: 99999\r\n\r\n" + PNG)
    assert heard(connection).startswith(b"HTTP/1.1 400 ")


def test_shorter_content_length_cuts_the_picture_off(server: Server) -> None:
    length = f"Connection: close\r\nContent-Length: {len(PNG) // 2}\r\n\r\n".encode()
    answer = heard(connected(server, HEAD + length + PNG))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"cut off" in answer


def test_chunks_without_end(server: Server) -> None:
    connection = connected(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    with connection:
        _send_on_and_on(connection)
    assert still_reads(server)


def _send_on_and_on(connection: socket.socket) -> None:
    piece = b"10000\r\n" + bytes(65536) + b"\r\n"
    try:
        for _ in range(400):  # 25 MB, over the limit
            connection.sendall(piece)
    except OSError:
        pass  # the server has closed
    else:
        assert b" 413 " in connection.recv(100)


def test_a_worker_killed_under_load_is_replaced(start: Start) -> None:
    server = start(WEB_CONCURRENCY="2")
    before = server.workers()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(_status, server) for _ in range(200)]
        os.kill(before[0], signal.SIGKILL)
        counts = Counter(one.result() for one in asked)
    assert set(counts) <= {200, 0}  # 0: those the killed one was serving
    assert counts[0] <= 8
    deadline = time.monotonic() + 30
    while (len(server.workers()) < 2 or before[0] in server.workers()) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert len(server.workers()) == 2
    assert before[0] not in server.workers()
    assert still_reads(server)


def test_processes_share_the_connections(start: Start) -> None:
    server = start(WEB_CONCURRENCY="2")
    until_all_take_some(server)
    some = [connected(server) for _ in range(60)]
    until(lambda: sum(_sockets(server)) == 60)
    assert min(_sockets(server)) >= 24
    for one in some:
        one.close()
    os.kill(server.workers()[0], signal.SIGKILL)
    until_all_take_some(server)  # another in its place, too


def until_all_take_some(server: Server) -> None:
    """Until both processes have started, and have no connections any more."""

    def take() -> bool:
        with contextlib.closing(connected(server)):
            time.sleep(0.05)
            taken.update(
                pid for pid, count in zip(server.workers(), _sockets(server), strict=False) if count
            )
        return len(taken & set(server.workers())) == 2

    taken: set[int] = set()
    until(take)
    until(lambda: not sum(_sockets(server)))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _sockets(server: Server) -> list[int]:
    """How many connections each process has."""

    def of(pid: int) -> set[str]:
        found = set()
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                found.add(os.readlink(file))
        return {name for name in found if name.startswith("socket:")}

    inherited = of(server.process.pid)
    return [len(of(pid) - inherited) for pid in server.workers()]


def _status(server: Server) -> int:
    try:
        return server.ask("POST", "/api/recognize", PNG, Content_Type="image/png")[0]
    except OSError:
        return 0


def test_what_is_too_much_is_refused_at_once(server: Server) -> None:
    picture = encoded(number_image("0123456789", height=300))
    with concurrent.futures.ThreadPoolExecutor(150) as pool:
        asked = [
            pool.submit(server.ask, "POST", "/api/recognize", picture, Content_Type="image/png")
            for _ in range(300)
        ]
        answers = [one.result() for one in asked]
    counts = Counter(status for status, _ in answers)
    assert set(counts) == {200, 503}
    refused = next(json.loads(body) for status, body in answers if status == 503)
    assert refused["status"] == 503
    assert still_reads(server)
    assert server.log.read_text().count('"POST /api/recognize" 503') == counts[503]


@pytest.mark.parametrize("path", ["/api/recognize", "/form"])
def test_bodies_in_memory_are_bounded(server: Server, path: str) -> None:
    size = 19 * 2**20  # five of them are under 96 MiB
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
    with contextlib.ExitStack() as stack:
        answers = []
        for _ in range(8):
            begun = connected(server, f"{head}Content-Length: {size}\r\n\r\n".encode())
            stack.enter_context(begun)
            with contextlib.suppress(ConnectionError):
                begun.sendall(bytes(size - 1))
            begun.settimeout(1)
            with contextlib.suppress(TimeoutError):
                answers.append(begun.recv(65536))
    assert len(answers) == 3
    assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in answers)
    until(lambda: still_reads(server))


def test_who_is_refused_hears_it_though_much_is_sent(server: Server) -> None:
    picture = encoded(number_image("0123456789", height=300))
    length = f"Content-Length: {16 * 2**20}\r\n\r\n".encode()
    request = HEAD + f"Content-Length: {len(picture)}\r\n\r\n".encode() + picture
    with contextlib.ExitStack() as busy:
        answer = b""
        # They may not be in the queue yet: then this one is let in, or refused by a thread.
        while b"\r\nConnection: close\r\n" not in answer:
            for _ in range(100):
                busy.enter_context(connected(server, request))
            connection = busy.enter_context(connected(server, HEAD + length))
            connection.settimeout(1)
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(65536)  # all in one piece
        connection.settimeout(60)
        for _ in range(16):
            connection.sendall(bytes(2**20))
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536) == b""  # and no reset
    head, _, body = answer.partition(b"\r\n\r\n")
    expected = refused(busy_problem())
    assert body == expected.body
    for header in ("HTTP/1.1 503 Service Unavailable", "Connection: close",
                   *(f"{name}: {value}" for name, value in expected.headers.items())):  # fmt: skip
        assert header in head.decode().split("\r\n")
    assert b"\r\nX-Content-Type-Options: nosniff" in head
    until(lambda: still_reads(server))


def test_who_is_not_read_to_the_end_hears_that_the_connection_ends(server: Server) -> None:
    paths = {"/api/recognize": 400, "/nowhere": 404}
    for path, chunked, length in product(paths, (False, True), (0, 1, 10_000, 200_000)):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        with contextlib.closing(connection):
            for _ in range(2):  # on the same connection, unless it was said to end
                connection.request(
                    "POST", path, iter([bytes(length)]) if chunked else bytes(length)
                )
                response = connection.getresponse()
                response.read()
                is_read = path == "/api/recognize" or not (length or chunked)
                assert response.status == paths[path]
                assert response.getheader("Connection") == ("keep-alive" if is_read else "close")


@pytest.mark.parametrize(
    "content",
    [None, b"", b"no model", b"\x08\x07" + bytes(500), (ROOT / "model/rows.onnx").read_bytes()],
    ids=["missing", "empty", "words", "damaged", "another network"],
)
def test_no_start_without_a_sound_model(
    start: Start, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "digits.onnx"
    if content is not None:
        path.write_bytes(content)
    server = start(wait=False, MODEL_PATH=str(path))
    assert server.process.wait(timeout=60) != 0
    assert str(path) in server.log.read_text()
    with pytest.raises(OSError, match="refused"):
        server.ask("GET", "/api/health")


def test_a_model_cut_off(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "digits.onnx"
    path.write_bytes((ROOT / "model" / "digits.onnx").read_bytes()[:300_000])
    server = start(wait=False, MODEL_PATH=str(path))
    assert server.process.wait(timeout=60) != 0
    assert "is not an ONNX model" in server.log.read_text()


def test_a_model_that_vanishes_later_matters_not(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "digits.onnx"
    shutil.copy(ROOT / "model" / "digits.onnx", path)
    server = start(MODEL_PATH=str(path))
    path.unlink()
    assert still_reads(server)


def test_a_full_disk_matters_not(start: Start) -> None:
    server = start()
    body = b"--b\r\nContent-Disposition: form-data; name=image; filename=a\r\n\r\n"
    body += encoded(digit_image(4).resize((2000, 2000)), "BMP") + b"\r\n--b--\r\n"
    for pid in server.workers():
        # No file may grow, that of the log included: uploads are in memory alone.
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0))
    status, answer = server.ask(
        "POST", "/api/recognize", body, Content_Type="multipart/form-data; boundary=b"
    )
    assert (status, json.loads(answer)["text"]) == (200, "4")
    assert still_reads(server)


def test_the_rate_of_a_client_is_limited(start: Start) -> None:
    server = start(RATE_LIMIT="3/minute", PROXIES="1")

    def ask(forwarded: str) -> int:
        return server.ask("POST", "/api/recognize", PNG, X_Forwarded_For=forwarded)[0]

    assert [ask("192.0.2.1") for _ in range(5)] == [200, 200, 200, 429, 429]
    assert ask("203.0.113.9, 192.0.2.1") == 429  # what a client says of itself counts for nothing
    assert ask("192.0.2.2") == 200
    assert server.ask("GET", "/api/health", X_Forwarded_For="192.0.2.1")[0] == 200


def test_logs_tell_nothing_of_what_is_sent(server: Server) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="image"; filename="my-secret.png"\r\n\r\n'
    body += PNG[:300] + b"\r\n--b--\r\n"
    kind = "multipart/form-data; boundary=b"
    server.ask("POST", "/api/recognize?mode=my-secret", body, Content_Type=kind)
    server.ask("POST", "/api/recognize", body, Content_Type=kind)
    assert "/api/recognize" in server.log.read_text()
    assert "secret" not in server.log.read_text()
