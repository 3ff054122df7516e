"""Answers to a page that asks again and again: nothing when nothing changed, and a word when it may stop."""

import hashlib
import re

from django.http import HttpRequest, HttpResponse

CSRF_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
# The page keeps the words of a moment up to date by itself.
TIME_WORDS = re.compile(r"(<time [^>]*>)[^<]*")


def polled(request: HttpRequest, body: str, *, stops: bool) -> HttpResponse:
    """304 when the page has this already; 286 tells htmx to stop asking."""
    # Django masks its token anew each time, which is no change.
    told = TIME_WORDS.sub(r"\1", CSRF_TOKEN.sub("", body))
    etag = f'"{hashlib.sha256(told.encode()).hexdigest()[:20]}"'
    if request.headers.get("If-None-Match") == etag and not stops:
        response = HttpResponse(status=304)
    else:
        is_htmx = request.headers.get("HX-Request") == "true"
        response = HttpResponse(body, status=286 if stops and is_htmx else 200)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "HX-Request, Cookie"
    return response
