"""Quy Mông has Mông hamlets: one bulletin in several languages, aired as each commune says."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from devicelink.messages import Airing, Part
from devicelink.permits import Permit, digest
from devicelink.refusals import Refused
from django.db import IntegrityError, transaction
from signer.checks import Approval, Facts, check

from loa.areas.models import Area, AreaLanguages
from loa.audit.models import Entry
from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing as Kept
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import shelf, sources
from loa.broadcasts.rules.plans import wire_place
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import Station, TestSigner, on_air, sound
from loa.broadcasts.tests.story.conftest import approved, compiled, fresh, propose, refusal, seen, write
from loa.bulletins import actions as bulletins
from loa.bulletins import queries as bulletin_queries
from loa.bulletins.models import VersionLanguage
from loa.bulletins.rules import Draft, Further
from loa.kernel.clock import local, to_ms
from loa.media import actions as media
from loa.media.models import Origin, Sound
from tests.cast import Cast

DAILY = ("17:03",)


def daily(cast: Cast) -> When:
    today = local(cast.now).date()
    return When("daily", today, DAILY, last_day=today + timedelta(days=9))


def in_languages(cast: Cast, *codes: str, **more: Any) -> Schedule:
    """The notice in Vietnamese (52 s), and recorded in these languages (30 s each), approved for every evening."""
    languages = tuple(Further(code, title=code, sound=sound(cast, 30).pk) for code in codes)
    schedule = propose(cast, write(cast, languages=languages, **more), daily(cast))
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    actions.approve(actor=cast.thanh, seen={schedule.pk: seen(cast)[schedule.pk]}, now=cast.now)
    return fresh(schedule)


def airs(cast: Cast, *codes: str, area: Area | None = None, days: int = 0) -> None:
    starts = local(cast.now).date() + timedelta(days=days)
    actions.set_languages(actor=cast.lan, area=area or cast.quy_mong, languages=codes, starts=starts, now=cast.now)


def spoken(schedule: Schedule, airing: Airing) -> list[str]:
    """The languages of an airing, in their order."""
    assert schedule.version is not None
    by_sound = {one.sha256: one.language for one in sources.spoken_in(schedule.version)}
    return [by_sound[part.sha256] for part in airing.parts]


def test_a_mong_recording_beside_vietnamese(cast: Cast, station: Station, signer: TestSigner) -> None:
    schedule = in_languages(cast, "hmn")
    compiled(cast, signer)
    airing = station.plan(1).airings[0]
    assert spoken(schedule, airing) == ["vi", "hmn"]
    assert [part.gap for part in airing.parts] == [0, 2_000]
    assert airing.duration == 52_000 + 2_000 + 30_000
    assert {kept.duration_ms for kept in Kept.objects.all()} == {84_000}
    assert len(station.plan(1).files) == 2


def test_read_twice_says_the_whole_row_again(cast: Cast, station: Station, signer: TestSigner) -> None:
    schedule = in_languages(cast, "hmn", "tyz", readings=2)
    compiled(cast, signer)
    airing = station.plan(1).airings[0]
    assert spoken(schedule, airing) == ["vi", "hmn", "tyz"] * 2
    assert airing.duration == 2 * (52_000 + 30_000 + 30_000) + 5 * 2_000


def test_a_commune_that_airs_mong_first(cast: Cast, station: Station, signer: TestSigner) -> None:
    airs(cast, "hmn", "vi")
    schedule = in_languages(cast, "hmn", "tyz")
    compiled(cast, signer)
    assert spoken(schedule, station.plan(8).airings[0]) == ["hmn", "vi"]


def test_a_commune_that_airs_vietnamese_only(cast: Cast, station: Station, signer: TestSigner) -> None:
    airs(cast, "vi")
    schedule = in_languages(cast, "hmn")
    compiled(cast, signer)
    plan = station.plan(1)
    assert spoken(schedule, plan.airings[0]) == ["vi"]
    assert plan.airings[0].parts == (Part(sha256=plan.files[0].sha256),)
    assert len(plan.files) == 1
    assert sources.length_ms(schedule.version, cast.quy_mong.path, cast.now) == 52_000  # type: ignore[arg-type]


def test_where_none_of_them_is_aired_the_main_one_is(cast: Cast, station: Station, signer: TestSigner) -> None:
    airs(cast, "km")
    schedule = in_languages(cast, "hmn")
    compiled(cast, signer)
    assert spoken(schedule, station.plan(1).airings[0]) == ["vi"]


def test_each_commune_has_a_bulletin_of_the_province_its_own_way(
    cast: Cast, station: Station, neighbour: Any, signer: TestSigner
) -> None:
    further = {"hmn": sound(cast, 30, cast.lao_cai)}
    schedule = on_air(cast, "Bão số 5", "18:00", area=cast.lao_cai, author=cast.minh_anh, further=further)
    airs(cast, "hmn", "vi")
    compiler.compile_plans(signer=signer, now=cast.now)
    theirs = next(plan for plan in signer.signed if plan.audience.plan_set == neighbour.plan_set_id)
    assert spoken(schedule, station.plan(1).airings[0]) == ["hmn", "vi"]
    assert spoken(schedule, theirs.airings[0]) == ["vi", "hmn"]
    assert {kept.duration_ms for kept in Kept.objects.all()} == {84_000}


def test_a_change_of_order_plans_anew_only_what_it_touches(cast: Cast, station: Station, signer: TestSigner) -> None:
    """Only the riverside hears a bulletin in two languages; nothing has to be approved again."""
    riverside = Target(groups=(station.groups["Ven sông"].pk,))
    languages = (Further("hmn", sound=sound(cast, 30).pk),)
    schedule = propose(cast, write(cast, languages=languages), daily(cast), target=riverside)
    actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)
    approved(cast, "Chỉ tiếng Việt", When("once", local(cast.now).date(), ("18:00",)))
    compiled(cast, signer)
    airs(cast, "hmn", "vi", days=2)
    assert compiler.touched() == [station.speakers[4].plan_set_id]
    compiled(cast, signer, cast.now + timedelta(minutes=1))
    schedule = fresh(schedule)
    rows = [spoken(schedule, airing) for airing in station.plan(4).airings if len(airing.parts) > 1]
    assert rows[:3] == [["vi", "hmn"], ["vi", "hmn"], ["hmn", "vi"]]
    assert fresh(schedule).approval.revoked_at is None  # type: ignore[union-attr]
    entry = Entry.objects.filter(verb="languages.set").latest("pk")
    assert entry.facts["languages"] == ["hmn", "vi"]


def test_the_later_word_about_languages_holds(cast: Cast) -> None:
    airs(cast, "vi", "hmn")
    airs(cast, "hmn", days=5)
    airs(cast, "tyz", days=3)
    airs(cast, days=4)
    today = local(cast.now).date()
    rows = [((row.starts - today).days, row.languages) for row in AreaLanguages.objects.all()]
    assert rows == [(0, ["vi", "hmn"]), (3, ["tyz"])]
    assert refusal(lambda: airs(cast, "vi", days=-1)).code == "starts"
    assert refusal(lambda: airs(cast, "fr")).code == "languages"
    assert refusal(lambda: airs(cast, "vi", "vi")).code == "languages"


def test_the_signer_accepts_the_plan_and_no_sound_beside(cast: Cast, station: Station, signer: TestSigner) -> None:
    schedule = in_languages(cast, "hmn", "tyz", readings=2)
    compiled(cast, signer)
    plan = station.plan(1)
    permit = msgspec.convert(schedule.approval.permit, Permit)  # type: ignore[union-attr]
    (place,) = [wire_place(one) for one in sources.places() if one.id == plan.audience.plan_set]
    row = Approval(permit, digest(permit), permit.author, permit.approver, approver_may=True, revoked=False)
    facts = Facts(approvals={permit.approval: row}, places={place.plan_set: place})
    check(plan, scope="vn", facts=facts, now=to_ms(cast.now))
    narrow = msgspec.structs.replace(permit, sounds=permit.sounds[:2])
    row = Approval(narrow, digest(narrow), permit.author, permit.approver, approver_may=True, revoked=False)
    facts = Facts(approvals={permit.approval: row}, places={place.plan_set: place})
    with pytest.raises(Refused, match="a sound that nobody approved"):
        check(plan, scope="vn", facts=facts, now=to_ms(cast.now))


def test_a_neighbour_does_not_choose_for_quy_mong(cast: Cast) -> None:
    day = local(cast.now).date()
    for person in (cast.mai, cast.thanh):
        call = lambda who=person: actions.set_languages(  # noqa: E731
            actor=who, area=cast.quy_mong, languages=["vi"], starts=day, now=cast.now
        )
        assert refusal(call).status in (403, 404)


def test_the_approval_covers_every_sound_and_no_other(cast: Cast, station: Station, signer: TestSigner) -> None:
    schedule = in_languages(cast, "hmn", "tyz")
    assert schedule.version is not None
    assert schedule.approval is not None
    sounds = [one.sha256 for one in sources.spoken_in(schedule.version)]
    assert schedule.approval.permit is not None
    assert schedule.approval.permit["sounds"] == sounds
    assert len(sounds) == 3


def test_what_was_handed_in_in_another_language_is_final(cast: Cast) -> None:
    row = VersionLanguage.objects.get(version=in_languages(cast, "hmn").version)
    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        VersionLanguage.objects.filter(pk=row.pk).update(text="khác")
    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        row.delete()
    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        VersionLanguage.objects.create(version=row.version, language="km", position=3)


def machine(cast: Cast, text: str) -> Sound:
    """Four seconds of a machine that says this one sentence."""
    row = sound(cast, 4)
    line = {"key": "a" * 64, "text": text, "start_ms": 0, "end_ms": 3_500, "voice": "v/a"}
    Sound.objects.filter(pk=row.pk).update(origin=Origin.SYNTHESISED, voice="v/a", spoken=text, sentences=[line])
    row.refresh_from_db()
    return row


def test_an_unheard_machine_sentence_in_another_language_is_not_approved(cast: Cast) -> None:
    own = machine(cast, "Naj hnub no yuav muaj nag.")
    bulletin = write(cast, languages=(Further("hmn", text="Naj hnub no yuav muaj nag.", sound=own.pk),))
    schedule = propose(cast, bulletin)
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    token = seen(cast)
    assert refusal(lambda: actions.approve(actor=cast.thanh, seen=token, now=cast.now)).code == "unheard"
    media.note_heard(actor=cast.thanh, sound_id=own.pk, spans=[], since=cast.now, now=cast.now, scripted=True)
    actions.approve(actor=cast.thanh, seen=token, now=cast.now)
    approval = fresh(schedule).approval
    assert approval is not None
    assert approval.heard_by == cast.thanh


def test_what_changed_in_another_language_is_shown_and_judged(cast: Cast) -> None:
    schedule = in_languages(cast, "hmn")
    before = schedule.version
    assert before is not None
    (mong,) = bulletin_queries.further(before)
    schedule.bulletin.refresh_from_db()
    draft = Draft(
        title=before.title, text=before.text, spoken=before.spoken, sound=before.sound_id, category="livelihood",
        languages=(Further("hmn", text="Tsis muaj dej", sound=mong.sound),),
    )  # fmt: skip
    version = bulletins.save_version(
        actor=cast.lan, bulletin_id=schedule.bulletin_id, draft=draft, revision=schedule.bulletin.revision, now=cast.now
    )
    assert list(bulletin_queries.changes(version)) == ["languages"]
    assert bulletin_queries.further(version)[0].text == "Tsis muaj dej"
    assert bulletin_queries.sounds_of(version)[1].pk == mong.sound


def test_a_sound_in_another_language_is_kept_as_long_as_it_is_needed(cast: Cast) -> None:
    """As the main one: while it may air, and by its last airing afterwards."""
    mong = sound(cast, 30)
    on_air(cast, "Bằng hai thứ tiếng", "17:03", further={"hmn": mong})
    assert shelf.facts_of([mong], cast.now)[mong.pk].needed
