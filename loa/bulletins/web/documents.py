"""Notices that arrive as files: their words for the page of a writer. Nothing is kept here."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from loa.bulletins.documents import refusals
from loa.bulletins.documents.layout.document import Document
from loa.bulletins.documents.legacy.convert import NAMES, convert_text
from loa.bulletins.documents.lines import Unreadable
from loa.bulletins.documents.run import open_in_child
from loa.bulletins.documents.words import PARTS, WARNINGS
from loa.bulletins.rules import MAX_TEXT
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access as people

WRITE = "bulletin.write"


@login_required
@require_POST
def read(request: HttpRequest) -> JsonResponse:
    """Field `file`: a document. Title, text, what was left out, warnings. `?don-vi=` names the area."""
    _may_write(request)
    file: UploadedFile[Any] | None = request.FILES.get("file")
    if file is None:
        raise Invalid(refusals.MESSAGES["empty"], code="empty")
    try:
        document = open_in_child(file, file.size or 0)
    except Unreadable as verdict:
        raise refusals.refusal(verdict) from None
    return JsonResponse(_told(document))


@login_required
@require_POST
def convert(request: HttpRequest) -> JsonResponse:
    """Field `text`: what somebody has pasted. {"text", "legacy"} if it is in an old encoding, else {}."""
    _may_write(request)
    found = convert_text(request.POST.get("text", "")[:MAX_TEXT])
    return JsonResponse({} if found is None else {"text": found[0], "legacy": NAMES[found[1]]})


def _may_write(request: HttpRequest) -> None:
    now, user = clock.now(), people.signed_in(request)
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, WRITE, area, now)


def _told(document: Document) -> dict[str, object]:
    original = document.original
    return {
        "title": document.title,
        "text": document.body,
        "dropped": [{"what": PARTS[one.part], "text": one.text, "before": one.before} for one in document.dropped],
        "warnings": [WARNINGS[one] for one in document.warnings],
        "legacy": document.legacy,
        "original": {"title": original.title, "text": original.body} if original else None,
    }
