"""What the database folds of a day is what one word after the other would tell."""

from datetime import datetime, timedelta
from random import Random

from airtime.spans import Span
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing, PlayProof
from loa.broadcasts.queries import dayrows
from loa.broadcasts.queries.today import today
from loa.broadcasts.rules.strip import ON_TIME, Look
from loa.broadcasts.tests.conftest import Station, TestSigner, at, on_air
from loa.devices.models import Device
from tests.cast import Cast

MORNING = ("05:00", "05:20", "05:40")


def swear(cast: Cast, device: Device, airing: Airing, *, count: int, late_s: float = 0, **more: object) -> PlayProof:
    said = {"outcome": "played", "reason": "", "stored_at": cast.now} | more
    return PlayProof.objects.create(
        device=device, boot="b", count=count, airing=airing.pk, planned=airing.start, rendered_ms=airing.duration_ms,
        started=airing.start + timedelta(seconds=late_s), plan=1, clock_bound=5, hash=f"{count:064}", **said,
    )  # fmt: skip


def morning(cast: Cast, signer: TestSigner) -> list[Airing]:
    for clock in MORNING:
        on_air(cast, f"Tin lúc {clock}", clock)
    compiler.compile_plans(signer=signer, now=cast.now)
    return list(Airing.objects.filter(start__lt=at(cast, 6)).order_by("start"))


def folded(cast: Cast, airings: list[Airing]) -> dict[tuple[str, str], tuple[str, str, datetime]]:
    told = dayrows.told([one.pk for one in airings], Span(at(cast, 0), at(cast, 0, days=1)))
    rows = [(one.planned.id, heard) for one in told for heard in one.heard]
    found = {
        (airing, device): (heard.outcome, heard.reason, heard.started)
        for airing, heard in rows
        for device in heard.devices
    }
    assert len(found) == sum(len(heard.devices) for _, heard in rows), "a loudspeaker counts once"
    return found


def plain(airings: list[Airing]) -> dict[tuple[str, str], tuple[str, str, datetime]]:
    """One word after the other: the first "played" stays, else the last word."""
    starts = {one.pk: one.start for one in airings}
    found: dict[tuple[str, str], tuple[str, str, datetime]] = {}
    for row in PlayProof.objects.order_by("stored_at", "count"):
        key = (row.airing, row.device_id)
        if key not in found or found[key][0] != "played":
            start = starts[row.airing]
            found[key] = (row.outcome, row.reason, start if abs(row.started - start) <= ON_TIME else row.started)
    return found


def test_the_database_folds_as_one_reads_word_by_word(cast: Cast, station: Station, signer: TestSigner) -> None:
    airings = morning(cast, signer)
    said = (("played", ""), ("cut", "held"), ("cut", "interrupted"), ("skipped", "missing_file"))
    for seed in range(12):
        chance = Random(seed)
        PlayProof.objects.all().delete()
        for count in range(60):
            outcome, reason = chance.choice(said)
            swear(
                cast, chance.choice(list(station.speakers.values())), chance.choice(airings), count=count,
                late_s=chance.choice((0, 0.003, -30, 30, 30.001, 95, -40)), outcome=outcome, reason=reason,
                stored_at=cast.now - timedelta(minutes=chance.randrange(5)),
            )  # fmt: skip
        assert folded(cast, airings) == plain(airings)


def test_it_begins_when_the_first_of_them_began(cast: Cast, station: Station, signer: TestSigner) -> None:
    first, *_ = airings = morning(cast, signer)
    for count, device in enumerate(station.speakers.values()):
        swear(cast, device, first, count=count, late_s=40 + count)
    [late] = [one for one in today(cast.quy_mong, cast.now).all.segments if one.airing == first.pk]
    assert (late.look, late.proved, late.start - first.start) == (Look.PROVED, 8, timedelta(seconds=40))
    swear(cast, station.speakers[1], airings[1], count=99, late_s=2)
    [early] = [one for one in today(cast.quy_mong, cast.now).all.segments if one.airing == airings[1].pk]
    assert (early.look, early.proved, early.start) == (Look.PARTLY, 1, airings[1].start)


def test_the_whole_page_asks_few_questions(client: Client, cast: Cast, station: Station, signer: TestSigner) -> None:
    airings = morning(cast, signer)
    for count, device in enumerate(station.speakers.values()):
        swear(cast, device, airings[0], count=count)
    client.force_login(cast.lan)
    client.get("/hom-nay/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/hom-nay/").status_code == 200
    assert len(asked) <= 15, [query["sql"][:80] for query in asked]
