"""What the province has sent down to its communes: one bulletin that waits to be chosen, one that meets an item of the
commune's own, so that a visitor sees both."""

import uuid
from collections.abc import Mapping
from datetime import datetime, time, timedelta

from loa.areas.models import Area
from loa.broadcasts import actions
from loa.broadcasts.models import Programme, Sending
from loa.broadcasts.queries import asked, inbox, sendings
from loa.broadcasts.rules.rundowns import Kind
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft
from loa.demo import week
from loa.demo.places import Places
from loa.kernel.clock import local
from loa.media import actions as media
from loa.media.queries import lexicon_for
from loa.media.reading.read import read
from loa.media.voices import registry
from loa.people.models import User

EVENING, EVENING_AT, EVENING_MINUTES = "Buổi tối", time(19, 30), 15
DAYS = timedelta(days=6)
NORMAL = (
    "Tiêm phòng dại cho chó, mèo",
    "Sở Nông nghiệp và Môi trường đề nghị các hộ nuôi chó, mèo đưa vật nuôi đi tiêm phòng dại. "
    "Người bị chó, mèo cắn phải rửa vết thương bằng xà phòng và đến cơ sở y tế ngay.",
)
URGENT = (
    "Mưa lớn, đề phòng lũ quét và sạt lở",
    "Trong 24 giờ tới có mưa to đến rất to. Bà con ở ven suối và sườn dốc theo dõi mực nước, "
    "sẵn sàng di chuyển đến nơi an toàn khi chính quyền yêu cầu.",
)
OWN = (
    "Họp khẩn Ban chỉ huy phòng, chống thiên tai xã",
    "Mời các trưởng thôn và thành viên Ban chỉ huy phòng, chống thiên tai về trụ sở xã lúc 20 giờ để phân công trực.",
)


def prepare(places: Places, people: Mapping[str, User], now: datetime) -> None:
    """May be called again, and does then only what is missing."""
    _send(places.province, people["anh"], people["hang"], "normal", NORMAL, now)
    urgent = _send(places.province, people["anh"], people["hang"], "priority", URGENT, now)
    evening = _evening(places.home, people["lan"], now)
    _own_item(places.home, people, evening, now)
    _meet(urgent, places.home, people["lan"], evening, now)


def _named(area: Area, code: str) -> uuid.UUID:
    return uuid.uuid5(week.NAMESPACE, f"{area.path}/{code}")


def _write(area: Area, writer: User, code: str, words: tuple[str, str], priority: str, now: datetime) -> Bulletin:
    title, text = words
    spoken = read(text, lexicon_for(area)).spoken
    sound = media.synthesise(
        actor=writer, area=area, text=text, spoken=spoken, voice=registry.choices()[0].id, title=title, now=now
    )
    draft = Draft(
        title=title, text=text, spoken=spoken, sound=week.ready(sound, now).pk, category="livelihood", priority=priority
    )
    return bulletins.create_draft(actor=writer, bulletin_id=_named(area, code), area=area, draft=draft, now=now)


def _send(
    area: Area, writer: User, approver: User, priority: str, words: tuple[str, str], now: datetime
) -> Sending:  # fmt: skip
    code = f"sent/{priority}"
    known = Sending.objects.filter(pk=_named(area, f"{code}/down")).first()
    if known is not None:
        return known
    bulletin, today = _write(area, writer, code, words, priority, now), local(now).date()
    week.listen(writer, bulletin, now)
    sending = actions.ask_sending(
        actor=writer, sending_id=_named(area, f"{code}/down"), bulletin_id=bulletin.pk, target=(), first_day=today,
        last_day=today + DAYS, now=now,
    )  # fmt: skip
    week.listen(approver, bulletin, now)
    (request,) = sendings.waiting(area, now, bulletin=bulletin.pk)
    return actions.approve_sending(actor=approver, sending_id=sending.pk, seen=request.digest, now=now)


def _evening(commune: Area, officer: User, now: datetime) -> Programme:
    known = Programme.objects.filter(area=commune, name=EVENING, closed_at=None).first()
    if known is not None:
        return known
    made = actions.save_programme(
        actor=officer, area=commune, name=EVENING, starts=EVENING_AT, minutes=EVENING_MINUTES, weekdays=range(1, 8),
        now=now,
    )  # fmt: skip
    parts = [actions.Wanted(Kind.BULLETINS, "Bản tin", EVENING_MINUTES)]
    actions.save_rundown(actor=officer, programme_id=made.pk, items=parts, now=now)
    return made


def _own_item(commune: Area, people: Mapping[str, User], evening: Programme, now: datetime) -> None:
    name = _named(commune, "own-urgent")
    if Bulletin.objects.filter(pk=name).exists():
        return
    bulletin = _write(commune, people["lan"], "own-urgent", OWN, "priority", now)
    actions.propose(
        actor=people["lan"], schedule_id=_named(commune, "own-urgent/air"), bulletin_id=bulletin.pk, target=Target(),
        when=When("once", local(now).date() + timedelta(days=1)), programme_id=evening.pk, now=now,
    )  # fmt: skip
    week.listen(people["lan"], bulletin, now)
    actions.submit(actor=people["lan"], bulletin_id=bulletin.pk, now=now)
    week.listen(people["thanh"], bulletin, now)
    waiting = asked.waiting(commune, now, bulletin_id=bulletin.pk)
    actions.approve(actor=people["thanh"], seen={one.schedule.pk: one.digest for one in waiting}, now=now)


def _meet(sending: Sending, commune: Area, officer: User, evening: Programme, now: datetime) -> None:
    """The urgent one enters the sessions of the other commune by itself; in this one it meets the own item."""
    tomorrow = local(now).date() + timedelta(days=1)
    if inbox.clash(evening, tomorrow, now) is None:
        delivery = sending.deliveries.get(area=commune)
        actions.choose(actor=officer, delivery_id=delivery.pk, programme_id=evening.pk, day=tomorrow, now=now)
    actions.enter_due(now=now, sending_id=sending.pk)
