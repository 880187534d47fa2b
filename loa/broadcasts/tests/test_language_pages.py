"""Lan adds Mông to a notice, puts it first, drops it; Quy Mông says what it airs; the approver hears each."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loa.areas.models import AreaLanguages
from loa.broadcasts.tests.test_compose_pages import evening, fields, ten_to_five
from loa.bulletins import actions as bulletins
from loa.bulletins import queries
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Further
from loa.bulletins.tests import stories
from loa.kernel.clock import local
from loa.media.models import Origin, Sound
from tests.cast import Cast
from tests.changes import confirm

__all__ = ["evening", "ten_to_five"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_to_five")]
MONG = {"new_lang": "hmn", "new_lang_text": "Tsis muaj dej.", "do": "lang-add"}
PAGE = "/lich-phat/ngon-ngu/"


@pytest.fixture(autouse=True)
def lan(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)


def kept(name: str) -> list[tuple[str, str, object]]:
    version = queries.newest(Bulletin.objects.get(pk=name))
    return [(one.language, one.text, one.sound) for one in queries.further(version)]


def rows(name: str) -> dict[str, Any]:
    """The rows as the page sends them back."""
    found = queries.further(queries.newest(Bulletin.objects.get(pk=name)))
    return {
        "revision": str(Bulletin.objects.get(pk=name).revision),
        "lang": [one.language for one in found],
        "lang_title": [one.title for one in found],
        "lang_text": [one.text for one in found],
        "lang_sound": [str(one.sound or "") for one in found],
    }


def test_a_language_is_added_moved_and_dropped_without_a_script(client: Client, cast: Cast) -> None:
    name, sound = str(uuid.uuid4()), stories.sound_of(cast)
    form = fields(cast, client_id=name)
    client.post("/soan-ban-tin/", form | MONG)
    url = f"/soan-ban-tin/{name}/"
    client.post(url, form | rows(name) | {"lang_recorded_hmn": str(sound.pk), "do": "sound"})
    assert kept(name) == [("hmn", "Tsis muaj dej.", sound.pk)]
    client.post(url, form | rows(name) | {"new_lang": "tyz", "new_lang_text": "Bấu mì nặm.", "do": "lang-add"})
    client.post(url, form | rows(name) | {"do": "lang-up:tyz"})
    assert [code for code, *_ in kept(name)] == ["tyz", "hmn"]
    page = client.get(url).content.decode()
    assert "Tiếng Mông" in page
    assert str(sound.pk) in page
    client.post(url, form | rows(name) | {"do": "lang-drop:tyz"})
    assert [code for code, *_ in kept(name)] == ["hmn"]
    client.post(url, form | rows(name) | {"do": "keep", "title": "Tên khác"})
    assert kept(name) == [("hmn", "Tsis muaj dej.", sound.pk)]


def test_words_without_a_language_are_not_lost(client: Client, cast: Cast) -> None:
    form = fields(cast, client_id=str(uuid.uuid4()))
    page = client.post("/soan-ban-tin/", form | {"new_lang_text": "Tsis muaj dej."})
    assert page.status_code == 422
    assert "Tsis muaj dej." in page.content.decode()


def test_the_same_language_twice_is_refused(client: Client, cast: Cast) -> None:
    name = str(uuid.uuid4())
    page = client.post("/soan-ban-tin/", fields(cast, client_id=name) | MONG | {"new_lang": "vi"})
    assert "chỉ ghi một lần" in page.content.decode()
    assert not Bulletin.objects.filter(pk=name).exists()


def test_the_length_on_the_page_counts_what_the_place_airs(client: Client, cast: Cast) -> None:
    name, sound = str(uuid.uuid4()), stories.sound_of(cast)
    own = stories.sound_of(cast)
    form = fields(cast, client_id=name, sound=str(own.pk))
    client.post("/soan-ban-tin/", form | MONG)
    url = f"/soan-ban-tin/{name}/"
    client.post(url, form | rows(name) | {"lang_uploaded_hmn": str(sound.pk), "do": "sound"})
    assert client.get(url).context["outlook"].length == timedelta(seconds=52 + 2 + 52)
    day = local(cast.now).date()
    assert "đang không phát" not in client.get(url).content.decode()
    AreaLanguages.objects.create(area=cast.quy_mong, starts=day, languages=["vi"])
    page = client.get(url)
    assert page.context["outlook"].length == timedelta(seconds=52)
    assert "Xã Quy Mông đang không phát tiếng Mông." in page.content.decode()


def test_the_approver_hears_each_language(client: Client, cast: Cast) -> None:
    mong = stories.sound_of(cast)
    line = {"key": "b" * 64, "text": "Tsis muaj dej.", "start_ms": 0, "end_ms": 3_500, "voice": "v/a"}
    Sound.objects.filter(pk=mong.pk).update(origin=Origin.SYNTHESISED, voice="v/a", sentences=[line])
    bulletins.load_categories()
    bulletin = stories.submitted(cast, languages=(Further("hmn", text="Tsis muaj dej.", sound=mong.pk),))
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{bulletin.pk}/").content.decode()
    assert "Tiếng Mông" in page
    assert "Tsis muaj dej." in page
    assert str(mong.pk) in page


def test_quy_mong_puts_mong_first(client: Client, cast: Cast) -> None:
    page = client.get(PAGE).content.decode()
    assert "Tiếng Việt trước" in page
    starts = f"{local(cast.now):%d/%m/%Y}"
    form = {"lang": ["vi", "hmn"], "starts": starts}
    page = client.post(PAGE, form | {"do": "up:hmn"}).content.decode()
    assert page.index('value="hmn"') < page.index('value="vi"')
    page = client.post(PAGE, form | {"do": "add", "new_lang": "tyz"}).content.decode()
    assert 'name="lang" value="tyz"' in page
    shown = client.post(PAGE, {"lang": ["hmn", "vi"], "starts": starts, "do": "save"}).content.decode()
    assert "Phát tiếng Mông, rồi tiếng Việt từ ngày" in shown
    assert not AreaLanguages.objects.exists()
    confirm(client, shown)
    assert AreaLanguages.objects.get().languages == ["hmn", "vi"]
    assert "Tiếng Mông, rồi tiếng Việt" in client.get(PAGE).content.decode()
    confirm(client, client.post(PAGE, {"lang": ["hmn", "vi"], "starts": starts, "do": "inherit"}).content.decode())
    assert not AreaLanguages.objects.exists()


@pytest.mark.parametrize(("starts", "told"), [("19/08/2026", "đã qua"), ("hôm qua", "ngày/tháng/năm")])
def test_a_day_that_will_not_do_is_told(client: Client, cast: Cast, starts: str, told: str) -> None:
    page = client.post(PAGE, {"lang": ["vi"], "starts": starts, "do": "save"})
    assert page.status_code == 422
    assert told in page.content.decode()


def test_who_only_looks_sees_no_buttons(client: Client, cast: Cast) -> None:
    client.force_login(cast.thanh)
    assert "Lưu thứ tự này" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"lang": ["vi"], "starts": "20/08/2026", "do": "save"}).status_code == 403
