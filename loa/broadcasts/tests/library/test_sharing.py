"""What Trấn Yên may use of what Quy Mông has, and what Quy Mông is told of it."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loa.audit.models import Entry
from loa.broadcasts.queries.recalled import recalled
from loa.broadcasts.tests.conftest import on_air
from loa.broadcasts.tests.library.shelves import (
    STATE,
    TOLD,
    approved,
    in_languages,
    later,
    let_others_use,
    reuse,
    shared,
    sound_of,
    told_in,
)  # fmt: skip
from loa.bulletins import actions as bulletins
from loa.bulletins import library, origins, queries
from loa.bulletins.actions import sharing
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.tests import stories
from loa.kernel.clock import local
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.media import library as shelves
from loa.media.models import HeardSentence, Origin, Sound
from loa.people.models import RoleGrant
from tests.cast import Cast


def test_only_an_approver_shares_and_only_what_was_approved(cast: Cast) -> None:
    draft = stories.sound_of(cast)
    wish = {"licence": STATE, "source": "Xã Quy Mông", "now": cast.now}
    with pytest.raises(Refusal, match="đã duyệt"):
        sharing.share(actor=cast.thanh, sound_id=draft.pk, **wish)  # type: ignore[arg-type]
    sound = sound_of(approved(cast))
    with pytest.raises(Denied):
        sharing.share(actor=cast.lan, sound_id=sound.pk, **wish)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        sharing.share(actor=cast.mai, sound_id=sound.pk, **wish)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        sharing.share(actor=cast.thanh, sound_id=sound.pk, licence=STATE, source=" ", now=cast.now)
    with pytest.raises(Invalid):
        sharing.share(actor=cast.thanh, sound_id=sound.pk, licence="của tôi", source="Xã", now=cast.now)


def test_what_is_not_shared_does_not_exist_for_the_neighbour(cast: Cast) -> None:
    sound = sound_of(approved(cast))
    assert not library.shared_with(cast.tran_yen).exists()
    with pytest.raises(NotFound):
        library.sound_for(cast.mai, sound.pk, cast.tran_yen, cast.now)
    with pytest.raises(NotFound):
        reuse(cast, sound)
    sharing.share(actor=cast.thanh, sound_id=sound.pk, licence=STATE, source="Xã Quy Mông", now=cast.now)
    assert [one.pk for one in library.shared_with(cast.tran_yen)] == [sound.pk]
    assert not library.shared_with(cast.quy_mong).exists()


def test_a_sound_for_its_own_province_is_not_seen_from_another(cast: Cast) -> None:
    sound = shared(cast, "trong-tinh")
    assert library.shared_with(cast.tran_yen).filter(pk=sound.pk).exists()
    cast.tran_yen.path = "vn.99.00001"
    assert not library.shared_with(cast.tran_yen).exists()


def test_a_reuse_is_a_draft_of_the_other_unit_with_where_it_came_from(cast: Cast) -> None:
    sound, name = shared(cast), uuid4()
    draft = reuse(cast, sound, name)
    assert reuse(cast, sound, name) == draft
    taken = sound_of(draft)
    assert (draft.state, draft.area, draft.author) == ("draft", cast.tran_yen, cast.mai)
    assert (taken.area, taken.made_from, taken.sha256) == (cast.tran_yen, sound, sound.sha256)
    assert taken.source == f"Xã Quy Mông, tỉnh Lào Cai, duyệt ngày {local(cast.now):%d/%m/%Y}"
    assert taken.licence == STATE
    version = queries.newest(draft)
    assert (version.title, version.text) == ("Tạm ngừng cấp nước", stories.TEXT)
    assert Sound.objects.filter(made_from=sound).count() == 1
    assert Entry.objects.filter(verb="sound.taken_over", area=cast.tran_yen.path).count() == 1
    RoleGrant.objects.create(user=cast.thanh, role="approver", area=cast.tran_yen, starts=cast.now)
    with pytest.raises(Refusal, match="đơn vị khác"):
        sharing.share(actor=cast.thanh, sound_id=taken.pk, licence=STATE, source="x", now=cast.now)


def test_a_machine_heard_in_quy_mong_is_unheard_in_tran_yen(cast: Cast) -> None:
    sentence = {"key": "a" * 64, "text": "Tạm ngừng cấp nước.", "start_ms": 0, "end_ms": 52_000}
    HeardSentence.objects.create(user=cast.thanh, key="a" * 64, heard_at=cast.now)
    sound = shared(cast, origin=Origin.SYNTHESISED, voice="espeak/bac", sentences=[sentence])
    version = queries.newest(reuse(cast, sound))
    assert not queries.unheard(version)[1].complete
    HeardSentence.objects.create(user=cast.mai, key="a" * 64, heard_at=cast.now)
    assert queries.unheard(version)[1].complete


@pytest.mark.parametrize("ends", ["unshared", "withdrawn"])
def test_no_new_uses_once_it_is_taken_back_and_old_ones_are_told(cast: Cast, client: Client, ends: str) -> None:
    sound = shared(cast)
    draft = reuse(cast, sound)
    if ends == "unshared":
        sharing.unshare(actor=cast.thanh, sound_id=sound.pk, now=cast.now)
    else:
        bulletin = Bulletin.objects.get(versions__sound=sound)
        bulletins.withdraw(actor=cast.thanh, bulletin_id=bulletin.pk, reason="Sai giờ", now=cast.now)
    with pytest.raises(NotFound):
        reuse(cast, sound)
    client.force_login(cast.mai)
    page = client.get(reverse("broadcasts:library_sound", args=[sound_of(draft).pk])).content.decode()
    assert ("Nơi làm ra đã thôi cho dùng" if ends == "unshared" else "đã thu hồi bản tin gốc ngày 20/08/2026") in page
    assert "Xã Quy Mông, tỉnh Lào Cai, duyệt ngày" in page


def test_a_sound_of_the_library_goes_into_a_draft(cast: Cast, client: Client) -> None:
    sound = shared(cast)
    draft = bulletins.create_draft(
        actor=cast.mai, bulletin_id=uuid4(), area=cast.tran_yen, draft=stories.notice(cast, sound=None), now=cast.now
    )
    client.force_login(cast.mai)
    address = f"{reverse('broadcasts:library')}?ban-tin={draft.pk}&kho=chung"
    assert "Đưa vào bản tin" in client.get(address).content.decode()
    into = f"{reverse('broadcasts:library_reuse', args=[sound.pk])}?ban-tin={draft.pk}"
    assert client.post(into).status_code == 302
    assert sound_of(draft).made_from == sound
    assert queries.newest(draft).text == stories.TEXT


def test_a_bulletin_is_shared_and_used_again_in_all_its_languages(cast: Cast, client: Client) -> None:
    said = told_in(in_languages(cast, "hmn", "tyz"))
    let_others_use(cast, said["vi"])
    client.force_login(cast.mai)
    page = client.get(reverse("broadcasts:library_sound", args=[said["hmn"].pk])).content.decode()
    assert "Kèm theo: tiếng Việt, tiếng Tày." in page
    for sound in said.values():
        draft = reuse(cast, sound)
        mine = told_in(draft)
        assert {code: one.made_from for code, one in mine.items()} == said
        assert {one.area for one in mine.values()} == {cast.tran_yen}
        assert mine["hmn"].source.startswith("Xã Quy Mông, tỉnh Lào Cai, duyệt ngày")
        assert [one.text for one in queries.newest(draft).languages.all()] == [f"{TOLD} hmn", f"{TOLD} tyz"]
    sharing.unshare(actor=cast.thanh, sound_id=said["hmn"].pk, now=cast.now)
    assert not library.shared_with(cast.tran_yen).exists()


def test_a_language_that_came_from_elsewhere_stays_behind_and_the_page_says_so(cast: Cast, client: Client) -> None:
    base = stories.sound_of(cast, area=cast.lao_cai)
    elsewhere = {"made_from": base, "origin": Origin.UPLOADED, "source": "Tỉnh Lào Cai", "licence": STATE}
    said = told_in(in_languages(cast, "hmn", **elsewhere))
    let_others_use(cast, said["vi"])
    client.force_login(cast.mai)
    page = client.get(reverse("broadcasts:library_sound", args=[said["vi"].pk])).content.decode()
    assert "Không kèm tiếng Mông, vì nơi làm ra không cho dùng" in page
    assert list(told_in(reuse(cast, said["vi"]))) == ["vi"]


def test_where_the_main_language_may_not_be_used_the_one_that_was_asked_for_leads(cast: Cast) -> None:
    said = told_in(in_languages(cast, "hmn", "tyz"))
    let_others_use(cast, said["vi"])
    Sound.objects.filter(pk=said["vi"].pk).update(shared=False)
    draft = reuse(cast, said["tyz"])
    version = queries.newest(draft)
    assert (version.language, version.text) == ("tyz", f"{TOLD} tyz")
    assert {code: one.made_from for code, one in told_in(draft).items()} == {
        code: said[code] for code in ("tyz", "hmn")
    }  # fmt: skip


def test_a_sound_in_another_language_becomes_a_further_language_of_the_draft(cast: Cast, client: Client) -> None:
    mong = told_in(in_languages(cast, "hmn"))["hmn"]
    draft = stories.drafted(cast, title="Bản khác")
    main = sound_of(draft)
    client.force_login(cast.lan)
    into = f"{reverse('broadcasts:library_reuse', args=[mong.pk])}?ban-tin={draft.pk}"
    page = client.post(into, follow=True).content.decode()
    assert "Đã đưa tiếng vào mục Ngôn ngữ khác của bản tin" in page
    assert told_in(draft) == {"vi": main, "hmn": mong}
    assert [one.text for one in queries.newest(draft).languages.all()] == [f"{TOLD} hmn"]


def ended(cast: Cast, how: str, bulletin: Bulletin) -> str:
    """What happens to Quy Mông's bulletin, and what Trấn Yên reads."""
    if how == "withdrawn":
        bulletins.withdraw(actor=cast.thanh, bulletin_id=bulletin.pk, reason="Sai giờ", now=cast.now)
        return "Nơi làm ra đã thu hồi bản tin gốc ngày 20/08/2026"
    if how == "replaced":
        stories.save(cast, bulletin, title="Giờ mới", sound=stories.sound_of(cast).pk)
        bulletins.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
        stories.approve(cast, bulletin)
        return "Nơi làm ra đã duyệt bản mới thay bản này ngày 20/08/2026"
    approval = queries.standing(bulletin).get()
    bulletins.revoke(actor=cast.thanh, approval_id=approval.pk, reason="Thôi phát", now=cast.now)
    return "Nơi làm ra đã thôi cho dùng"


@pytest.mark.parametrize("how", ["withdrawn", "replaced", "revoked"])
def test_what_its_maker_takes_back_is_offered_nowhere_and_those_who_air_it_are_told(
    cast: Cast, client: Client, how: str
) -> None:
    bulletin = approved(cast)
    sound = let_others_use(cast, sound_of(bulletin))
    draft = reuse(cast, sound)
    mine = sound_of(draft)
    waiting = bulletins.create_draft(
        actor=cast.mai, bulletin_id=uuid4(), area=cast.tran_yen, draft=stories.notice(cast, sound=None), now=cast.now
    )
    bulletins.submit(actor=cast.mai, bulletin_id=draft.pk, now=cast.now)
    client.force_login(cast.mai)
    assert "Hãy xem" not in client.get(reverse("broadcasts:today")).content.decode()

    told = ended(cast, how, bulletin)
    assert not library.shared_with(cast.tran_yen).exists()
    for take in (sound, mine):
        with pytest.raises((NotFound, Refusal)):
            reuse(cast, take)
        with pytest.raises((NotFound, Refusal)):
            sharing.put_into(actor=cast.mai, sound_id=take.pk, bulletin_id=waiting.pk, now=cast.now)
    pages = {
        "own": client.get(reverse("broadcasts:library"), {"ban-tin": str(waiting.pk)}).content.decode(),
        "sound": client.get(reverse("broadcasts:library_sound", args=[mine.pk])).content.decode(),
        "bulletin": client.get(reverse("broadcasts:bulletin", args=[draft.pk])).content.decode(),
    }
    for name, page in pages.items():
        assert told in page, name
        assert "Xã Quy Mông, tỉnh Lào Cai, duyệt ngày" in page, name
    assert "Đưa vào bản tin<" not in pages["own"]
    assert "Dùng lại thành bản tin mới" not in pages["sound"]
    today = client.get(reverse("broadcasts:today")).content.decode()
    assert ("cần xem lại" in today) == (how != "revoked")

    client.force_login(cast.thanh)
    page = client.get(reverse("broadcasts:library_sound", args=[sound.pk])).content.decode()
    assert "nơi khác không thấy nữa" in page


def test_what_was_cut_out_of_a_taken_sound_is_told_too(cast: Cast) -> None:
    bulletin = approved(cast)
    mine = sound_of(reuse(cast, let_others_use(cast, sound_of(bulletin))))
    made: dict[str, Any] = {"area": cast.tran_yen, "edits": {"ops": []}}
    cut = stories.sound_of(cast, made_from=mine, origin=Origin.EDITED, **made)
    built = stories.sound_of(cast, made_from=cut, origin=Origin.BUILT, **made)
    ended(cast, "withdrawn", bulletin)
    assert {pk: one.code for pk, one in origins.fates([mine, cut, built]).items()} == dict.fromkeys(
        [mine.pk, cut.pk, built.pk], "withdrawn"
    )
    assert origins.fates([stories.sound_of(cast)]) == {}
    assert shelves.provenance(built).startswith("Xã Quy Mông, tỉnh Lào Cai")


def test_what_may_be_wrong_is_looked_for_with_as_many_questions_for_one_as_for_ten(cast: Cast) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert recalled(cast.tran_yen, cast.now)
        return len(found)

    def add() -> None:
        bulletin = approved(cast)
        draft = reuse(cast, let_others_use(cast, sound_of(bulletin)))
        bulletins.submit(actor=cast.mai, bulletin_id=draft.pk, now=cast.now)
        ended(cast, "withdrawn", bulletin)

    add()
    one = asked()
    for _ in range(9):
        add()
    assert asked() == one
    assert len(recalled(cast.tran_yen, cast.now)) == 10
    assert recalled(cast.quy_mong, cast.now) == []


def test_who_approves_it_all_the_same_after_that_is_not_asked_again(cast: Cast) -> None:
    bulletin = approved(cast)
    draft = reuse(cast, let_others_use(cast, sound_of(bulletin)))
    schedule = on_air(cast, "Ngừng cấp nước", "05:00", area=cast.tran_yen, author=cast.mai)
    assert schedule.version is not None
    Version.objects.filter(pk=schedule.version.pk).update(sound=sound_of(draft))
    ended(cast, "withdrawn", bulletin)
    assert [one.version.pk for one in recalled(cast.tran_yen, cast.now)] == [schedule.version.pk]
    Bulletin.objects.filter(pk=bulletin.pk).update(withdrawn_at=later(cast, -1))
    assert recalled(cast.tran_yen, cast.now) == []
