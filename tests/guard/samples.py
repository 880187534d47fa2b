"""One object of Quy Mông for every name that stands for an object in an address.

A new page with a new name in its address fails the guard until a sample is registered here: a function from the cast to
what stands in the address. `@sample("device")` serves every address with `<device>`; `@sample("pk", route="mfa_")` only
those routes whose name begins so. A route that shows nothing of a commune goes into `OPEN` with its reason.
"""

from collections.abc import Callable
from datetime import time, timedelta
from uuid import UUID, uuid4

import msgspec
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore

from loa.areas.models import DayOff, Extension, OperatingRules
from loa.broadcasts import actions as broadcasts
from loa.broadcasts.actions.calendars import make_feed
from loa.broadcasts.changes import images, registry
from loa.broadcasts.changes.kinds import schedules
from loa.broadcasts.models import Airing, KeptChange, PlannedMerger, Schedule
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Version
from loa.bulletins.rules import Further
from loa.bulletins.tests import stories
from loa.devices.models import (
    ClusterRules,
    Device,
    DeviceGroup,
    PlannedOutage,
)
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from loa.media import actions as media
from loa.media import store
from loa.media.actions import uploads
from loa.media.models import Block, InstalledVoice, Sound
from loa.media.voices import template
from loa.notifications.models import Notification, Told
from loa.people.actions.tokens import make_token
from loa.people.models import RulesProposal
from loa.relays import actions as relays
from loa.relays.actions import Entered
from tests.cast import Cast

Maker = Callable[[Cast], object]
_makers: dict[tuple[str, str], Maker] = {}

# Route name -> why somebody of another commune may open it.
OPEN: dict[str, str] = {
    "people:place": "what places are called, were and became is public knowledge; only their officers see the buttons",
    "people:invited": "the secret in the address is itself the permission; an unknown one is refused (test_coming_in)",
    "devices:pole": "the random id stands on the pole for everybody who passes; it tells the name and the commune",
    "broadcasts:calendar_feed": "the secret in the address is itself the permission (broadcasts test_calendars)",
    "alerts_public:banner": "an alert that was sent is public: the banner of a website shows it to everybody",
    "alerts_public:rss": "an alert that was sent is public: anybody may subscribe to them",
    "cap:feed": "what loudspeakers told the public, as CAP; nothing else (alerts test_outward)",
    "cap:xml": "what loudspeakers told the public, as CAP; nothing else (alerts test_outward)",
    "cap:json": "what loudspeakers told the public, as CAP; nothing else (alerts test_outward)",
    "demo:scanned": "the code in the address is itself the permission; a wrong one is refused (demo test_tour)",
}

# Route name -> why the words of the cast may stand there.
SAME_FOR_ALL: dict[str, str] = {
    "people:places": "looks up any unit of the country by name or code, for everybody signed in",
    "ui:gallery": "shows every component with invented words, the same for everybody",
}


def sample(variable: str, *, route: str = "") -> Callable[[Maker], Maker]:
    """Register what stands for `variable`, in routes whose name begins with `route`."""

    def register(maker: Maker) -> Maker:
        _makers[variable, route] = maker
        return maker

    return register


def maker_of(variable: str, route: str) -> Maker | None:
    """The most particular sample."""
    fits = [start for name, start in _makers if name == variable and route.startswith(start)]
    return _makers[variable, max(fits, key=len)] if fits else None


@sample("place")
def place(cast: Cast) -> object:
    """The commune: what it changes about itself."""
    return cast.quy_mong.path


@sample("place", route="people:rename_hamlet")
@sample("place", route="people:end_hamlet")
def hamlet(cast: Cast) -> object:
    return cast.thon_5.path


@sample("device")
def device(cast: Cast) -> object:
    return Device.objects.create(area=cast.quy_mong, number=1, name="Nhà văn hóa thôn 5", made_at=cast.now).pk


@sample("outage")
def outage(cast: Cast) -> object:
    """A power cut that was announced."""
    return PlannedOutage.objects.create(
        kind="power", area=cast.quy_mong, starts=cast.now, ends=cast.now + timedelta(days=900), reason="Thay dây",
        source="Điện lực", made_at=cast.now,
    ).pk  # fmt: skip


@sample("merger")
def merger(cast: Cast) -> object:
    """Quy Mông and its neighbour, next month."""
    return PlannedMerger.objects.create(
        area=cast.quy_mong, former=[cast.tran_yen.path], day=local(cast.now).date() + timedelta(days=900),
        document="Nghị quyết 12", made_by=cast.son, made_at=cast.now,
    ).pk  # fmt: skip


@sample("group")
def group(cast: Cast) -> object:
    """Empty: its page offers to dissolve it."""
    return DeviceGroup.objects.create(area=cast.quy_mong, name="Ven sông").pk


@sample("group", route="broadcasts:group_rule")
def rule_group(cast: Cast) -> object:
    """Its members follow a rule."""
    return DeviceGroup.objects.create(area=cast.quy_mong, name="Loa cột cao", rule={"least_horns": 2}).pk


@sample("bulletin")
def bulletin(cast: Cast) -> UUID:
    """Handed in: what the approver's page opens."""
    bulletins.load_categories()
    return stories.submitted(cast).pk


@sample("bulletin", route="broadcasts:compose_language")
def told_in_mong(cast: Cast) -> UUID:
    """A draft with a recording in Mông."""
    bulletins.load_categories()
    return stories.drafted(cast, languages=(Further("hmn", sound=stories.sound_of(cast).pk),)).pk


@sample("language")
def language(cast: Cast) -> object:
    """The one of that recording."""
    return "hmn"


@sample("version")
def version(cast: Cast) -> object:
    return Version.objects.get(bulletin_id=str(bulletin(cast))).pk


@sample("sound")
def sound(cast: Cast) -> object:
    """A finished one whose file is there."""
    row = stories.sound_of(cast, size=4)
    path = store.path_of(row.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"OggS")
    return row.pk


@sample("upload")
def upload(cast: Cast) -> object:
    """A file that Lan has begun to send."""
    return uploads.begin_upload(
        actor=cast.lan, area=cast.quy_mong, upload_id=uuid4(), name="hop.mp3", size=9, now=cast.now
    ).pk


@sample("voice")
def voice(cast: Cast) -> object:
    """A voice of the whole installation, which only its administrator looks after."""
    return InstalledVoice.objects.create(
        id="giong-lan", kind="service", name="Giọng Lan", dialects={"bac": "miền Bắc"}, licence="hợp đồng 12",
        options=template.openai("http://127.0.0.1:9", "m", "") | {"local": True, "seconds": 0.2}, added_at=cast.now,
    ).pk  # fmt: skip


@sample("word")
def word(cast: Cast) -> object:
    """How Quy Mông says a name of its own."""
    return media.put_word(
        actor=cast.lan, area=cast.quy_mong, written="Khe Lếch", spoken="khe lếch", now=cast.now
    ).pk  # fmt: skip


@sample("user_id")
def user(cast: Cast) -> object:
    return cast.lan.pk


@sample("grant_id")
def grant(cast: Cast) -> object:
    """Phúc is deputy of Thành: administrators see it as a grant, Thành as a delegation."""
    return cast.phuc.grants.get().pk


@sample("token")
def token(cast: Cast) -> object:
    """With it a program acts for Lan."""
    row, _ = make_token(
        actor=cast.lan, name="Phần mềm", area=cast.quy_mong, capabilities=["view"], days=30, now=cast.now
    )
    return row.pk


@sample("session_id")
def session(cast: Cast) -> object:
    store = SessionStore()
    store.create()
    return UserSession.objects.create(user=cast.lan, ip="10.0.0.9", session_key=store.session_key).pk


@sample("pk", route="mfa_")
def passkey(cast: Cast) -> object:
    data = {"name": "Khóa của Lan", "credential": {}}
    return Authenticator.objects.create(user=cast.lan, type=Authenticator.Type.WEBAUTHN, data=data).pk


@sample("schedule")
def schedule(cast: Cast) -> object:
    """On the calendar the day after tomorrow."""
    when = When(pattern="once", first_day=local(cast.now).date() + timedelta(days=2), times=("17:00",))
    own = bulletin(cast)
    return broadcasts.propose(
        actor=cast.lan, schedule_id=uuid4(), bulletin_id=own, when=when, target=Target(), now=cast.now
    ).pk


@sample("extension")
def extension(cast: Cast) -> UUID:
    """A night that waits for an answer."""
    row = Extension.objects.create(
        id=uuid4(), area=cast.quy_mong, starts=cast.now + timedelta(days=1), ends=cast.now + timedelta(days=1, hours=2),
        reason="new_year_eve", words="Đêm giao thừa", author_id=cast.lan.pk, author_name=cast.lan.full_name,
        made_at=cast.now,
    )  # fmt: skip
    return row.pk


@sample("do")
def do(cast: Cast) -> str:
    """To take back what was asked for."""
    return "rut"


@sample("day_off")
def day_off(cast: Cast) -> int:
    """A day on which nothing sounds."""
    day = local(cast.now).date() + timedelta(days=9)
    row = DayOff.objects.create(
        area=cast.quy_mong, kind="own", name="Lễ cúng bản", document="Hương ước", effect="silence", starts=day, ends=day
    )
    return row.pk


@sample("row", route="broadcasts:end_cluster_rules")
def own_rules(cast: Cast) -> int:
    """A cluster that is quieter than its commune."""
    row = ClusterRules.objects.create(
        device=Device.objects.filter(area=cast.quy_mong).earliest("number"),
        starts=local(cast.now).date(),
        document="Biên bản họp thôn 5",
        volumes=[{"from": "06:00", "to": "07:00", "most": 30}],
        made_by=cast.thanh,
        made_at=cast.now,
    )
    return row.pk


@sample("kept")
def kept(cast: Cast) -> object:
    """A change of Quy Mông that Lan has just kept, of what is still so."""
    own = Schedule.objects.get(pk=str(schedule(cast)))
    change = schedules.DropAiring(area=own.area.path, schedule=own.pk, start=to_ms(cast.now) + 47 * HOUR_MS)
    return KeptChange.objects.create(
        area=own.area.path, actor=cast.lan, kept_at=clock.now(), token=uuid4().hex, sentence="Bỏ một lần phát",
        change=msgspec.json.decode(registry.encode(change)), left=images.digest(images.take(change.rows())),
    ).pk  # fmt: skip


HOUR_MS = 3_600_000


@sample("airing")
def airing(cast: Cast) -> str:
    """One time of that schedule in the plans; `approval` names a row without a constraint."""
    row = Airing.objects.create(
        id="a-quy-mong", schedule_id=schedule(cast), approval_id=uuid4(), title="Họp thôn 5", start=cast.now,
        latest=cast.now, duration_ms=52_000, priority="normal", level="commune", issued_at=cast.now,
    )  # fmt: skip
    return row.pk


@sample("duty")
def duty(cast: Cast) -> object:
    """What the commune owes on three days in a row."""
    bulletins.load_categories()
    owed = stories.submitted(cast)
    return broadcasts.set_obligation(actor=cast.lan, bulletin_id=owed.pk, area=cast.quy_mong, now=cast.now).pk


@sample("feed")
def feed(cast: Cast) -> object:
    """The address at which Lan's telephone reads the week."""
    return make_feed(actor=cast.lan, area=cast.quy_mong, name="Điện thoại", now=cast.now)[0].pk


@sample("secret", route="broadcasts:calendar_feed")
def calendar_secret(cast: Cast) -> object:
    """What stands in that address."""
    return make_feed(actor=cast.lan, area=cast.quy_mong, name="Máy tính", now=cast.now)[1]


@sample("programme")
def programme(cast: Cast) -> object:
    """Monday afternoons."""
    return broadcasts.save_programme(
        actor=cast.lan, area=cast.quy_mong, name="Buổi chiều", starts=time(17), minutes=30, weekdays=[1], now=cast.now
    ).pk


@sample("proposal")
def proposal(cast: Cast) -> UUID:
    """Evenings until 23:00 that wait for a second person."""
    row = RulesProposal.objects.create(
        id=uuid4(), area=cast.quy_mong, author=cast.thanh, made_at=cast.now, document="QĐ 12/QĐ-UBND",
        starts=local(cast.now).date(), ends=local(cast.now).date(),
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "23:00"}],
    )  # fmt: skip
    return row.pk


@sample("rules_id")
def rules_id(cast: Cast) -> object:
    """Rules that have not begun."""
    return OperatingRules.objects.create(
        area=cast.quy_mong, starts=local(cast.now).date() + timedelta(days=900), document="QĐ 13/QĐ-UBND",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "06:00", "to": "20:00"}],
    ).pk  # fmt: skip


@sample("prompt")
def prompt(cast: Cast) -> object:
    """A sentence that Quy Mông says again and again."""
    return media.save_prompt(
        actor=cast.lan, area=cast.quy_mong, name="Họp thôn", text="Mời bà con Quy Mông họp lúc [giờ].", now=cast.now
    ).pk  # fmt: skip


@sample("sound", route="media:block_play")
def block(cast: Cast) -> object:
    """An opening of Quy Mông's own."""
    row = sound(cast)
    Sound.objects.filter(pk=str(row)).update(block=Block.OPENING)
    return row


@sample("source")
def relay_source(cast: Cast) -> object:
    """What Quy Mông relays."""
    entered = Entered(
        name="Đài xã cũ", permission="Quyết định 12/QĐ-UBND", url="https://dai.quymong.example/", input=""
    )
    return relays.add_source(actor=cast.lan, area=cast.quy_mong, entered=entered, now=cast.now).pk


@sample("test")
def relay_try(cast: Cast) -> object:
    """Lan wanted to know whether it can be heard."""
    return relays.ask_for_try(actor=cast.lan, source_id=UUID(str(relay_source(cast))), now=cast.now).pk


@sample("notification")
def notification(cast: Cast) -> object:
    """What Lan is told of her commune."""
    row = Notification.objects.create(
        kind="incident", key="guard", area=cast.quy_mong, urgency="soon", title="Xã Quy Mông: 1 cụm loa mất điện",
        since=cast.now, opened_at=cast.now, stepped_at=cast.now,
    )  # fmt: skip
    Told.objects.create(
        notification=row, user=cast.lan, place=cast.quy_mong.path, title=row.title, link="/thiet-bi/", told_at=cast.now
    )
    return row.pk
