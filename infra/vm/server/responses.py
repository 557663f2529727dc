"""What the contract answers, as Django sends it."""

from django.http import HttpResponse

from shared import http


def sent(response: http.Response) -> HttpResponse:
    """The same status, headers and body."""
    return HttpResponse(response.body, status=response.status, headers=dict(response.headers))
