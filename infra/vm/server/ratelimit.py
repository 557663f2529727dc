"""How many requests one client may send: Django middleware round `limits`."""

import ipaddress
import math
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from shared import http
from shared.problems import Problem

from .responses import sent

STEP: Final = 1.0  # seconds, less than which a clock that is kept goes back


class RateLimit:
    """Answers 429 where a client sends more POST requests than `RATE_LIMIT` says.

    A client is an IPv4 address, or the /64 of an IPv6 one. One's own machine is not limited.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.RATE_LIMIT:
            raise MiddlewareNotUsed
        self._get_response = get_response
        self._rate = parse(settings.RATE_LIMIT)
        self._storage = storage_from_string(settings.RATE_LIMIT_STORAGE)
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._latest = time.time()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 429 or pass the request on."""
        who = client(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR"))
        self._mind_the_clock()
        if request.method != "POST" or who is None or self._limiter.hit(self._rate, who):
            return self._get_response(request)
        reset = self._limiter.get_window_stats(self._rate, who).reset_time
        wait = min(max(1, math.ceil(reset - time.time())), self._rate.get_expiry())
        refused = Problem(429, f"At most {self._rate} are served to one client.", retry_after=wait)
        return sent(http.refused(refused))

    def _mind_the_clock(self) -> None:
        """Count anew where the clock went back: requests of the future would count until it comes.

        A step forward ends the window early, which does no harm.
        """
        now = time.time()
        if now < self._latest - STEP:
            self._storage.reset()
        self._latest = now


def client(address: str, forwarded: str | None) -> str | None:
    """Who is counted as one; None for one's own machine, and what is no address.

    Behind `PROXIES` proxies, each of which adds whom it heard to X-Forwarded-For, the client is
    that many from its end. What stands before can be forged, and is not looked at.
    """
    if settings.PROXIES:
        heard = (forwarded or "").split(",")
        address = heard[-min(settings.PROXIES, len(heard))].strip() or address
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None if not settings.PROXIES else address[:64]
    found = getattr(found, "ipv4_mapped", None) or found  # as a socket of both kinds tells it
    if found.is_loopback:
        return None
    return str(ipaddress.ip_network(f"{found}/{64 if found.version == 6 else 32}", strict=False))
