"""What every request carries: an id that people can quote, and the address it came from."""

import ipaddress
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from fnmatch import fnmatchcase

from django.conf import settings
from django.http import HttpRequest, HttpResponse

current_request_id: ContextVar[str] = ContextVar("request_id", default="")


def client_ip(request: HttpRequest) -> str:
    """The nearest address that is not one of our own proxies; forwarded headers of strangers are ignored."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [
        part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
    ]
    while forwarded and _is_trusted_proxy(address):
        address = forwarded.pop()
    return address if _is_address(address) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted_proxy(text: str) -> bool:
    return _is_address(text) and any(
        ipaddress.ip_address(text) in network for network in settings.TRUSTED_PROXIES
    )


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


def _largest(path: str) -> int:
    most: list[int] = [
        size for pattern, size in settings.LARGEST_UPLOADS.items() if fnmatchcase(path, pattern)
    ]
    return max(most, default=settings.LARGEST_REQUEST)


class RequestIdMiddleware:
    """Gives each request an id, answers with it, and lets log lines carry it; refuses enormous ones."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex[:16]
        request.META["PORTAL_REQUEST_ID"] = request_id
        if _length(request) > _largest(request.path):
            # Files are not counted by Django's own limit.
            return HttpResponse("This request is too large.", status=413, content_type="text/plain")
        token = current_request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response["X-Request-Id"] = request_id
        return response
