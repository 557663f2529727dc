"""Clocks that jump: set by hand, or by a time server after a long sleep."""

import time
from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import RequestFactory, override_settings

from server.ratelimit import RateLimit

HOUR = 3600.0
Ask = Callable[[], HttpResponseBase]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Asks as one client, of whom three requests a minute are served."""

    def answer(_: HttpRequest) -> HttpResponse:
        return HttpResponse("read")

    with override_settings(RATE_LIMIT="3/minute", RATE_LIMIT_STORAGE="memory://", PROXIES=0):
        limit = RateLimit(answer)
        yield lambda: limit(RequestFactory().post("/", REMOTE_ADDR="192.0.2.1"))


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 365 * 24 * HOUR, -365 * 24 * HOUR])
def test_the_rate_survives_a_jump(ask: Ask, monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    assert [ask().status_code for _ in range(4)] == [200, 200, 200, 429]
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + jump)
    # Counted anew, and as strictly: no one is shut out until the clock has caught up.
    assert [ask().status_code for _ in range(4)] == [200, 200, 200, 429]
    assert 1 <= int(ask()["Retry-After"]) <= 60
