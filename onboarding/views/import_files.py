"""Files to download: the template to begin with, and the rows to put right."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from onboarding.services import imports as service
from onboarding.sheets.repair import repair
from onboarding.sheets.template import template
from onboarding.sheets.write import CONTENT_TYPES, Kind
from onboarding.views.access import access_import
from portal.audit.tags import Tag
from portal.tenants.access import StaffRequest, gate
from portal.tenants.roles import Permission


@gate(Permission.SEE_ONBOARDINGS)
def download_template(request: StaffRequest, kind: str) -> HttpResponse:
    """The file to begin with."""
    return _download(template(_kind(kind)), _kind(kind), "clients")


@gate(Permission.SEE_PERSONAL_DATA)
def download_repair(request: StaffRequest, import_id: UUID, kind: str) -> HttpResponse:
    """The rows to put right, as they came, with what to fix; uploaded again, they map by themselves."""
    found, wanted = access_import(import_id), _kind(kind)
    broken = list(service.repair_rows(found))
    if request.method == "GET":
        # What leaves the portal in clear leaves a trace.
        service.tell(request.actor, Tag.IMPORT_DOWNLOADED, found, rows=len(broken))
    content = repair(wanted, found.header, broken)
    return _download(content, wanted, f"{found.name.rpartition('.')[0] or found.name}-to-fix")


def _kind(text: str) -> Kind:
    if text not in CONTENT_TYPES:
        raise Http404
    return text


def _download(content: bytes, kind: Kind, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{kind}") or "attachment"
    return response
