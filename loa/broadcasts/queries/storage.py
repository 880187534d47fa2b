"""What lies on the disks: tables of the database, files of sounds."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max, Min

from loa.broadcasts.models import Airing, PlayProof
from loa.broadcasts.rules.books import KEPT_MONTHS
from loa.broadcasts.rules.storage import DAYS_A_MONTH, Kind
from loa.media.models import Sound
from loa.media.retention import DAYS

WINDOW = timedelta(days=30)
PROOFS = ("broadcasts_playproof", "broadcasts_proofchain")
AIRINGS = ("broadcasts_airing", "broadcasts_planday", "broadcasts_playsum")
RECORD = ("audit_entry", "audit_seal")


def kinds(now: datetime) -> tuple[Kind, ...]:
    """Proofs, airings and plans, the record, sounds, and all the rest, each with what the last 30 days added."""
    kept = round(KEPT_MONTHS * DAYS_A_MONTH)
    proofs = _grown("Bằng chứng phát", PROOFS, _rows(PlayProof.objects, "planned", now), kept)
    airings = _grown("Lịch và lượt phát", AIRINGS, _rows(Airing.objects, "start", now), kept)
    record = _grown("Nhật ký hệ thống", RECORD, _entries(now), None)
    known = proofs.held + airings.held + record.held
    rest = Kind("Phần còn lại của cơ sở dữ liệu", max(0, _database() - known), 0, None, 0)
    return proofs, airings, record, rest, _sounds(now)


def _rows(manager: object, field: str, now: datetime) -> tuple[int, int, int]:
    """All rows, rows of the last 30 days, days since the oldest."""
    rows = manager.all()  # type: ignore[attr-defined]
    recent = rows.filter(**{f"{field}__gte": now - WINDOW, f"{field}__lt": now}).count()
    first = rows.aggregate(first=Min(field))["first"]
    return rows.count(), recent, (now - first).days if first else 0


def _entries(now: datetime) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute("select count(*), count(*) filter (where at >= %s), min(at) from audit_entry", [now - WINDOW])
        count, recent, first = cursor.fetchone()
    return count, recent, (now - first).days if first else 0


def _grown(name: str, tables: Iterable[str], rows: tuple[int, int, int], days: int | None) -> Kind:
    held = sum(_size(table) for table in tables)
    count, recent, age = rows
    seen = min(max(age, 1), WINDOW.days)
    return Kind(name, held, (held / count) * recent / seen if count else 0, days, age)


def _sounds(now: datetime) -> Kind:
    ready = Sound.objects.exclude(sha256="").order_by()
    files = ready.values("sha256").annotate(bytes=Max("size"), first=Min("made_at")).values_list("bytes", "first")
    held = list(files)
    recent = sum(octets for octets, first in held if first >= now - WINDOW)
    age = max(((now - first).days for _, first in held), default=0)
    total = sum(octets for octets, _ in held)
    return Kind("Tệp âm thanh", total, recent / min(max(age, 1), WINDOW.days), DAYS["aired"], age)


def _size(table: str) -> int:
    """Bytes of a table with its indexes; of one in parts, all parts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(sum(pg_total_relation_size(relid)), 0) from pg_partition_tree(%s::regclass)", [table]
        )
        tree = int(cursor.fetchone()[0])
        if tree:
            return tree
        cursor.execute("select pg_total_relation_size(%s::regclass)", [table])
        return int(cursor.fetchone()[0])


def _database() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
