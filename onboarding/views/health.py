"""For the load balancer: alive, and ready."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from onboarding.services.health import missing


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Database, broker and sweeper answer too; 503 names what does not."""
    absent = missing()
    return JsonResponse({"ready": not absent, "missing": absent}, status=503 if absent else 200)
