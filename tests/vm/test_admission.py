"""Who is served at once, who waits, and who is refused."""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from server.admission import APART, LASTING, LONG, OFTEN, Admission
from shared.problems import Problem


def admission(
    running: int = 1, waiting: int = 2, lasting: float = 1, patience: float = 60
) -> Admission:
    return Admission(
        running=running, waiting=waiting, lasting=lasting, patience=patience, bodies=1000
    )


def until_waiting(one: Admission, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(one._queue) != count:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_first_come_first_served() -> None:
    one, served = admission(waiting=8), []

    def ask(number: int) -> None:
        with one.turn():
            served.append(number)

    with ThreadPoolExecutor(8) as pool:
        with one.turn():
            for number in range(8):
                pool.submit(ask, number)
                until_waiting(one, number + 1)
        with one.turn():  # who comes now is behind them
            served.append(8)
    assert served == list(range(9))


def test_no_more_run_at_once_than_may() -> None:
    one, inside, most = admission(running=2, waiting=30), 0, 0
    counting = threading.Lock()

    def ask(_: int) -> None:
        nonlocal inside, most
        with one.turn():
            with counting:
                inside += 1
                most = max(most, inside)
            time.sleep(0.001)
            with counting:
                inside -= 1

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(ask, range(200)))
    assert most == 2
    with one.turn(), one.turn():  # all were given back
        assert not one._queue


def test_who_finds_the_queue_full_is_refused_before_the_body_is_read() -> None:
    one, body = admission(), io.BytesIO(b"abc")
    with ThreadPoolExecutor(2) as pool, one.turn():
        for number in range(2):
            pool.submit(lambda: one.turn().__enter__())
            until_waiting(one, number + 1)
        with pytest.raises(Problem, match="Too many") as refused, one.body(body, 3):
            pass
        assert body.tell() == 0
        with pytest.raises(Problem, match="Too many"), one.turn():
            pass
    assert refused.value.status == 503
    assert refused.value.retry_after


@pytest.mark.parametrize(("seconds", "few", "fewer"), [(0.02, 4, 2), (0.01, 7, 4), (0.1, 1, 1)])
def test_none_wait_long_while_more_come_than_can_be_served(
    seconds: float, few: int, fewer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("server.admission.time", SimpleNamespace(monotonic=lambda: now))
    one, turns = admission(waiting=8, lasting=0.07), threading.Semaphore(0)

    def ask() -> None:
        with one.turn():
            turns.acquire()

    def wait(count: int) -> None:
        nonlocal now
        while one._free:
            time.sleep(0.001)
        for left in range(len(one._queue) - 1, count - 1, -1):
            now += seconds + 1e-6
            turns.release()
            until_waiting(one, left)
        for _ in range(count - len(one._queue)):
            pool.submit(ask)
        until_waiting(one, count)

    def refuse(times: int) -> None:
        count = len(one._queue)
        for _ in range(times):
            assert one.is_full()
            assert one.is_full()  # who asks again at once counts as one
            for _ in range(round(APART / seconds)):
                wait(count - 1)
                wait(count)

    with ThreadPoolExecutor(9) as pool, ExitStack() as stack:
        stack.callback(turns.release, 1000)
        pool.submit(ask)  # it has its turn
        for _ in range(20):  # how long one takes is told by those that others wait for
            wait(8)
            wait(1)
        assert one._each == pytest.approx(seconds, rel=0.01)
        wait(7)
        assert not one.is_full()
        wait(8)
        refuse(OFTEN)
        wait(few - 1)
        assert not one.is_full()
        wait(few)
        refuse(OFTEN)  # far more come
        wait(fewer - 1)
        assert not one.is_full()
        wait(fewer)
        assert one.is_full()
        now += max(LASTING, LONG * seconds)  # no one has been refused for a while
        wait(7)
        assert not one.is_full()
        wait(8)
        assert one.is_full()


def test_patience_ends() -> None:
    one = admission(patience=0.01)
    with one.turn(), pytest.raises(Problem, match="Too many"), one.turn():
        pass
    with one.turn():  # and who gave up holds no place
        assert not one._queue
