"""Signed states: their revisions, and how they get to the gateway."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Max, Window
from django.db.models.functions import RowNumber

from loa.devices import announce
from loa.devices.models import SignedDocument
from loa.devices.rules import papers


@dataclass(frozen=True, slots=True)
class Document:
    """A signed state ready to be published; `subject` is rules.papers.subject_of(audience)."""

    typ: str
    subject: str
    revision: int
    jws: str


def reserve_revisions(typ: str, subjects: Iterable[str], *, now: datetime) -> dict[str, int]:
    """The revision to sign next for each subject, theirs alone until the caller's transaction ends."""
    wanted = sorted(set(subjects))
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("revisions are reserved inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(slot, 0))"
            " from (select unnest(%s::text[]) as slot order by 1) as slots",
            [[f"{typ}/{subject}" for subject in wanted]],
        )
    rows = SignedDocument.objects.filter(typ=typ, subject__in=wanted).values_list("subject").annotate(Max("revision"))
    last: Mapping[str, int] = dict(rows)
    return {subject: papers.next_revision(last.get(subject, 0), now) for subject in wanted}


@transaction.atomic
def publish_documents(documents: Sequence[Document], *, now: datetime) -> None:
    """Make these the valid states; the gateway hears of it with the commit and tells the devices."""
    SignedDocument.objects.bulk_create(
        SignedDocument(typ=d.typ, subject=d.subject, revision=d.revision, jws=d.jws, issued_at=now) for d in documents
    )
    for typ in {document.typ for document in documents}:
        _forget_old(typ, [document.subject for document in documents if document.typ == typ])
    for document in documents:
        announce.document(document.typ, document.subject, document.revision)


@transaction.atomic
def withdraw_document(typ: str, subject: str) -> None:
    """Nobody may fetch it any more; its revision still counts for the next one."""
    SignedDocument.objects.filter(typ=typ, subject=subject).update(withdrawn=True)
    announce.document(typ, subject, 0)


def _forget_old(typ: str, subjects: Sequence[str]) -> None:
    newest = Window(RowNumber(), partition_by=[F("typ"), F("subject")], order_by=F("revision").desc())
    numbered = SignedDocument.objects.filter(typ=typ, subject__in=subjects).annotate(place=newest)
    old = [pk for pk, place in numbered.values_list("pk", "place") if place > papers.DOCUMENTS_KEPT]
    if old:
        SignedDocument.objects.filter(pk__in=old).delete()
