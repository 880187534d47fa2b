"""Lan chooses what opens her programmes, has the station's name spoken, and puts a template together."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loa.areas.models import Area
from loa.kernel import clock
from loa.media import store
from loa.media.blocks import shelf
from loa.media.models import Block, Origin, OwnTemplate, Sound, SoundState
from loa.media.voices import registry
from loa.people.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "/thu-vien/nhac-hieu/"


@pytest.fixture(autouse=True)
def lan(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    client.force_login(cast.lan)


def block(area: Area, cast: Cast, kind: str, title: str, **fields: Any) -> Sound:
    row: dict[str, Any] = {
        "origin": Origin.BUILT,
        "sha256": title.encode().hex().ljust(64, "0")[:64],
        "state": SoundState.READY,
    }
    row |= {"size": 4, "duration_ms": 6_000, "shared": True, "made_by": None}
    return Sound.objects.create(area=area, made_at=cast.now, title=title, block=kind, **row | fields)


def recorded(area: Area, user: User, cast: Cast, title: str = "Tôi nói") -> Sound:
    return block(area, cast, "", title, origin=Origin.RECORDED, made_by=user, shared=False)


def shown(client: Client, query: str = "") -> str:
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def post(client: Client, **fields: Any) -> str:
    answer = client.post(PAGE, fields, follow=True)
    return " ".join(answer.content.decode().split())


def test_what_the_nation_gives_can_be_heard_and_chosen(
    client: Client, cast: Cast, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    strings = block(cast.vietnam, cast, Block.OPENING, "Mở đầu: đàn tranh")
    bells = block(cast.vietnam, cast, Block.OPENING, "Mở đầu: chuông", edits={"order": 1})
    seen = shown(client)
    assert seen.index("Mở đầu: đàn tranh") < seen.index("Đang dùng") < seen.index("Chọn tiếng khác (1)")
    assert seen.index("Chọn tiếng khác (1)") < seen.index("Mở đầu: chuông")
    assert "Từ nay dùng “Mở đầu: chuông” làm mở đầu." in post(client, do="choose", sound=bells.pk)
    assert shelf.offered(cast.quy_mong)["opening"] == bells
    assert shelf.offered(cast.tran_yen)["opening"] == strings
    path = store.path_of(bells.sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"OggS")
    assert b"".join(client.get(f"{PAGE}{bells.pk}/nghe.ogg")) == b"OggS"


def test_a_recording_of_her_own_becomes_the_call_of_the_station(client: Client, cast: Cast) -> None:
    own = recorded(cast.quy_mong, cast.lan, cast)
    assert "Đã đưa “Tôi nói” vào phần xướng tên đài" in post(
        client, do="use", recorded=own.pk, block=Block.STATION_CALL
    )
    assert shelf.station_call_of(cast.quy_mong, "bất kỳ") == own
    assert client.post(PAGE, {"do": "use", "sound": own.pk, "block": ""}).status_code == 422
    assert shelf.station_call_of(cast.quy_mong, "bất kỳ") == own
    assert "thôi làm tiếng hiệu" in post(client, do="off", sound=own.pk)
    assert shelf.station_call_of(cast.quy_mong, "bất kỳ") is None


def test_what_she_has_sent_is_told_until_it_can_be_used(client: Client, cast: Cast) -> None:
    sent = block(
        cast.quy_mong, cast, "", "Nhạc xã", origin=Origin.UPLOADED, state=SoundState.WAITING, sha256="", size=0,
        duration_ms=0, shared=False,
    )  # fmt: skip
    assert "Mở đầu: đang xử lý" in post(client, do="use", uploaded=sent.pk, block=Block.OPENING)
    Sound.objects.filter(pk=sent.pk).update(
        state=SoundState.READY, sha256="c" * 64, size=4, duration_ms=200_000
    )  # fmt: skip
    assert "Dài 3 phút 20 giây, quá 2 phút nên không dùng được." in shown(client)
    assert Block.OPENING not in shelf.offered(cast.quy_mong)


def test_without_scripts_the_file_comes_with_the_form(client: Client, cast: Cast, tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("Nhạc xã.wav", b"RIFF" * 20)
    assert "Đã đưa “Nhạc xã” vào phần mở đầu" in post(client, do="use", file=file, block=Block.OPENING)
    sound = Sound.objects.get()
    assert (sound.block, sound.origin, sound.area) == (Block.OPENING, Origin.UPLOADED, cast.quy_mong)


def test_the_station_says_its_name_in_the_voice_that_was_chosen(client: Client, cast: Cast) -> None:
    block(cast.vietnam, cast, Block.GONG, "Chuông")
    assert "“Đây là Đài truyền thanh xã Quy Mông, tỉnh Lào Cai.”" in shown(client)
    voice = registry.choices()[-1].id
    assert "Lời xướng tên đài dùng giọng này từ nay." in post(client, do="call", voice=voice)
    call = Sound.objects.get(block=Block.STATION_CALL)
    assert "Xướng tên đài: đang xử lý" in shown(client)
    Sound.objects.filter(pk=call.pk).update(state=SoundState.READY, sha256="d" * 64, size=4, duration_ms=6_000)
    assert "Tạo lại lời xướng" in shown(client)
    assert shelf.station_call_of(cast.quy_mong, shelf.call_words(cast.quy_mong)) == call
    Area.objects.filter(pk=cast.quy_mong.pk).update(full_name="Xã Quy Mông Mới")
    assert "Tên đơn vị đã đổi" in shown(client)


def test_a_template_is_put_together_and_taken_away(client: Client, cast: Cast) -> None:
    block(cast.vietnam, cast, Block.GONG, "Chuông")
    parts = ["gong", "1000", "speech", "", "gong", "", "", ""]
    assert "Đã thêm mẫu “Tin nhanh”." in post(client, do="template", name="Tin nhanh", part=parts, bed="1")
    row = OwnTemplate.objects.get()
    assert (row.parts, row.bed) == (["gong", 1000, "speech", "gong"], True)
    seen = shown(client)
    assert "tiếng chuông – bản tin – tiếng chuông, có nhạc nền" in seen
    assert "Chưa dùng được: chưa có nhạc nền." in seen
    block(cast.vietnam, cast, Block.BED, "Nhạc nền êm")
    assert "Thêm 13 giây ngoài bản tin." in shown(client)
    assert "Đã bỏ mẫu" in post(client, do="drop", template=row.pk)
    assert "Tin nhanh" not in shown(client)


def test_a_template_without_room_for_the_bulletin_is_refused_and_stays_on_the_page(client: Client, cast: Cast) -> None:
    answer = client.post(PAGE, {"do": "template", "name": "Chỉ chuông", "part": ["gong", "gong"]})
    assert answer.status_code == 422
    seen = answer.content.decode()
    assert "đúng một chỗ cho bản tin" in seen
    assert 'value="Chỉ chuông"' in seen
    assert seen.count('<option value="gong" selected>') == 2


def test_a_siren_can_be_heard_here_and_nothing_else(client: Client, cast: Cast) -> None:
    siren = block(cast.vietnam, cast, Block.SIREN, "Cháy: hai giọng đổi nhau")
    assert "Chỉ phát trong cảnh báo khẩn cấp" in shown(client)
    for step in ("choose", "use", "off"):
        answer = client.post(PAGE, {"do": step, "sound": siren.pk, "block": Block.OPENING})
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"do": "nonsense"}, 422),
        ({"do": "use", "block": "opening"}, 422),
        ({"do": "choose", "sound": "x"}, 404),
        ({"do": "drop", "template": "x"}, 404),
        ({"do": "template", "name": "A", "part": ["speech", "99999999"]}, 422),
        ({"do": "template", "name": "A", "part": ["speech", "siren"]}, 422),
    ],
)
def test_what_no_page_sends(client: Client, cast: Cast, fields: dict[str, Any], status: int) -> None:
    assert client.post(PAGE, fields).status_code == status


def test_mai_neither_sees_nor_changes_what_is_quy_mongs(client: Client, cast: Cast) -> None:
    own = block(cast.quy_mong, cast, Block.OPENING, "Mở đầu Quy Mông", shared=False)
    client.force_login(cast.mai)
    assert "Mở đầu Quy Mông" not in shown(client)
    assert client.get(f"{PAGE}?don-vi={cast.quy_mong.path}").status_code == 404
    assert client.get(f"{PAGE}{own.pk}/nghe.ogg").status_code == 404
    for step in ("choose", "use", "off"):
        assert client.post(PAGE, {"do": step, "sound": own.pk, "block": "opening"}).status_code == 404


def test_an_approver_looks_and_changes_nothing(client: Client, cast: Cast) -> None:
    block(cast.vietnam, cast, Block.OPENING, "Mở đầu: đàn tranh")
    client.force_login(cast.thanh)
    seen = shown(client)
    assert "Thêm mẫu" not in seen
    assert "Dùng tiếng này" not in seen
    assert client.post(PAGE, {"do": "template", "name": "A", "part": ["speech", "gong"]}).status_code == 403
