"""Problem details for HTTP APIs (RFC 9457): what is answered in place of a reading."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

# The names of RFC 9110, which differ from those of Python before 3.13.
TITLES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}


class Problem(Exception):
    """A request or a file that cannot be answered with a reading.

    Args:
        status: HTTP status code, 400 to 599.
        detail: one or two sentences for the person who sent it; never file content.
        allow: of a 405, the methods that are allowed.
        retry_after: of a 429 or a 503, the seconds after which to try again.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        allow: Sequence[str] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(status, detail)  # what another process makes it again of
        self.status = status
        self.detail = detail
        self.allow = allow
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.detail

    def to_dict(self) -> dict[str, Any]:
        """The problem object of RFC 9457."""
        return {
            "type": "about:blank",
            "title": TITLES.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }


def too_large(what: str, limit: int) -> Problem:
    """The problem with a file or a request of more bytes than are read."""
    size = f"{limit / 2**20:.3g} MiB" if limit >= 2**20 else f"{limit} bytes"
    return Problem(413, f"The {what} is larger than {size}, the most that is read.")
