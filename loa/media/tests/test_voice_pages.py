"""Bảo looks after the voices on their page; nobody else sees it."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loa.media.models import InstalledVoice
from loa.media.tests.services import Running, speaking
from loa.media.tests.speaking_service import KEY
from loa.media.voices import template
from loa.people import sealed
from tests.cast import Cast

__all__ = ["speaking"]
pytestmark = pytest.mark.django_db
PAGE = "/giong-doc/"
FORM = {
    "name": "Giọng Công ty A", "id": "cong-ty-a", "url": "https://doc.example.vn/v1", "model": "tts-1", "voice": "mai",
    "dialect": "nam", "licence": "hợp đồng 12/2026", "key": KEY,
}  # fmt: skip


@pytest.fixture
def bao(cast: Cast, client: Client, settings: Any, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = tmp_path / "media"
    client.force_login(cast.bao)
    return client


def test_a_service_is_added_ordered_paused_and_removed(bao: Client) -> None:
    assert "Giọng máy dự phòng" in bao.get(PAGE).content.decode()
    for identifier in ("cong-ty-a", "cong-ty-b"):
        answer = bao.post(PAGE, FORM | {"id": identifier, "name": f"Giọng {identifier}"}, follow=True)
        assert "Đã thêm giọng" in answer.content.decode()
    shown = bao.get(PAGE).content.decode()
    assert "hợp đồng 12/2026" in shown
    assert "có khóa" in shown
    assert KEY not in shown
    row = InstalledVoice.objects.get(pk="cong-ty-a")
    assert (row.dialects, row.options["names"]) == ({"nam": "miền Nam"}, {"nam": "mai"})
    assert sealed.unseal(row.secret) == KEY

    for deed, told in (
        ("up", "sớm hơn"),
        ("off", "tạm ngừng"),
        ("on", "dùng lại"),
        ("key", "Đã đổi khóa"),
        ("remove", "Đã gỡ"),
    ):
        answer = bao.post(f"{PAGE}cong-ty-b/", {"do": deed, "key": "moi"}, follow=True)
        assert told in answer.content.decode()
        if deed == "up":
            assert [one.pk for one in InstalledVoice.objects.all()] == ["cong-ty-b", "cong-ty-a"]
        if deed == "key":
            assert sealed.unseal(InstalledVoice.objects.get(pk="cong-ty-b").secret) == "moi"
    assert [one.pk for one in InstalledVoice.objects.all()] == ["cong-ty-a"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": "espeak"}, "Đã có giọng"), ({"id": "Mã Giọng"}, "Mã ngắn"), ({"licence": ""}, "Giấy phép"),
        ({"url": "ftp://a.vn"}, "https"), ({"dialect": "tay"}, "Giọng vùng"),
    ],
)  # fmt: skip
def test_what_will_not_do_is_said_beside_the_form(bao: Client, changes: dict[str, str], told: str) -> None:
    answer = bao.post(PAGE, FORM | changes)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert KEY not in answer.content.decode()
    assert not InstalledVoice.objects.exists()


def test_every_voice_may_be_heard(bao: Client, cast: Cast, speaking: Running) -> None:
    InstalledVoice.objects.create(
        id="a", kind="service", name="A", dialects={"bac": "miền Bắc"}, licence="x", secret=sealed.seal(KEY),
        options=template.openai(speaking.url, "m", "north") | {"local": True}, added_at=cast.now,
    )  # fmt: skip
    for voice in ("a", "espeak"):
        answer = bao.get(f"{PAGE}{voice}/nghe.wav")
        assert answer.status_code == 200
        assert answer.content.startswith(b"RIFF")
    assert bao.get(f"{PAGE}b/nghe.wav").status_code == 404
    InstalledVoice.objects.update(secret=sealed.seal("wrong"))
    answer = bao.get(f"{PAGE}a/nghe.wav")
    assert answer.status_code == 422
    assert "không đọc được câu thử (dịch vụ không nhận khóa này)" in answer.content.decode()


def test_nobody_else_sees_the_page(bao: Client, cast: Cast) -> None:
    bao.post(PAGE, FORM)
    assert PAGE in bao.get("/nguoi-dung/").content.decode()
    for other in (cast.lan, cast.thanh, cast.minh_anh, cast.son):
        bao.force_login(other)
        assert bao.get(PAGE).status_code in (403, 404)
        assert bao.get(f"{PAGE}cong-ty-a/nghe.wav").status_code in (403, 404)
        assert bao.post(f"{PAGE}cong-ty-a/", {"do": "remove"}).status_code in (403, 404)
    assert InstalledVoice.objects.exists()
