"""What the check found of a sound: it stops the sending or is explained, and one press mends what can be mended."""

import dataclasses
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loa.audit.models import Entry
from loa.broadcasts.tests.test_compose_pages import fields, ready, ten_to_five
from loa.bulletins.models import Bulletin, Version
from loa.media import actions
from loa.media.models import Origin, Sound, SoundState
from loa.media.quality.profiles import profile
from loa.media.quality.rules import judge
from loa.media.quality.tests.test_rules import GOOD
from loa.media.tests import sounds
from tests.cast import Cast, hear
from tests.changes import send

__all__ = ["ten_to_five"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_to_five")]
BROKEN = {"cut_share": 0.03, "places": {"clipped": [(12_000, 14_000)]}}
SPEAK = "Mời bà con đi họp."


@pytest.fixture(autouse=True)
def lan(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)


def spoken(client: Client, cast: Cast, **figures: Any) -> tuple[str, Sound]:
    """A draft whose sound was checked with these figures."""
    name = str(uuid.uuid4())
    client.post("/soan-ban-tin/", fields(cast, client_id=name, text=SPEAK, do="speak"))
    sound = Version.objects.get(bulletin=uuid.UUID(name)).sound
    assert sound is not None
    report = judge(dataclasses.replace(GOOD, **figures), profile("speech_horn")).plain()
    Sound.objects.filter(pk=sound.pk).update(quality=report)
    ready(sound)
    sound.refresh_from_db()
    hear(cast.lan, sound, cast.now)
    return f"/soan-ban-tin/{name}/", sound


def handed_in(client: Client, cast: Cast, address: str, sound: Sound, reason: str, clock: str = "17:30") -> Any:
    revision = Bulletin.objects.get(versions__sound=sound).revision
    form = fields(
        cast, text=SPEAK, sound=str(sound.pk), revision=str(revision), day="28/08/2026", clocks=clock, do="submit"
    )
    return send(client, address, form | {"sound_reason": reason})


def test_a_failed_sound_is_not_handed_in_without_a_reason_which_the_approver_reads_first(
    client: Client, cast: Cast
) -> None:
    address, sound = spoken(client, cast, **BROKEN)
    assert 'name="sound_reason"' in client.get(address).content.decode()
    for reason in ("", "  vội  ", "1234567890 !!"):
        refused = handed_in(client, cast, address, sound, reason)
        assert refused.status_code == 422
        assert "Tiếng bị vỡ" in refused.content.decode()
    assert handed_in(client, cast, address, sound, "Bản duy nhất của Đài tỉnh gửi về.").status_code == 302
    assert Bulletin.objects.get().state == "submitted"
    client.force_login(cast.thanh)
    page = client.get(f"/duyet/{Bulletin.objects.get().pk}/").content.decode()
    assert page.index("Bản duy nhất của Đài tỉnh") < page.index('id="h-hear"')
    assert {"sound_explained"} <= {one["code"] for one in Version.objects.get().checks}


def test_a_failed_sound_is_not_approved_in_one_go_with_others(client: Client, cast: Cast) -> None:
    for figures in ({}, BROKEN, {}):
        address, sound = spoken(client, cast, **figures)
        clock = f"17:{30 + Sound.objects.count()}"
        answer = handed_in(client, cast, address, sound, "Bản duy nhất của Đài tỉnh gửi về.", clock)
        assert answer.status_code == 302, answer.content.decode()
    client.force_login(cast.thanh)
    page = client.get("/duyet/").content.decode()
    assert page.count('name="seen"') == 2


def test_a_good_sound_and_a_doubtful_one_ask_for_no_reason(client: Client, cast: Cast) -> None:
    address, sound = spoken(client, cast, lead_ms=5_000, places={"lead": [(0, 5_000)]})
    assert sound.quality["verdict"] == "warn"
    assert 'name="sound_reason"' not in client.get(address).content.decode()
    assert handed_in(client, cast, address, sound, "").status_code == 302


def test_a_sound_from_before_the_check_goes_and_is_told(client: Client, cast: Cast) -> None:
    address, sound = spoken(client, cast)
    Sound.objects.filter(pk=sound.pk).update(quality={})
    assert "trước khi máy biết kiểm tra" in client.get(address).content.decode()
    assert handed_in(client, cast, address, sound, "").status_code == 302


def test_another_sound_needs_a_reason_of_its_own(client: Client, cast: Cast) -> None:
    address, sound = spoken(client, cast, **BROKEN)
    explained = fields(cast, text=SPEAK, sound=str(sound.pk), sound_reason="Bản duy nhất của Đài tỉnh.", revision="1")
    client.post(address, explained)
    assert Version.objects.get().sound_reason == "Bản duy nhất của Đài tỉnh."
    client.post(address, explained | {"do": "speak", "revision": "2"})
    assert Version.objects.get().sound_reason == ""


@pytest.fixture
def slow_start(settings: Any, cast: Cast, tmp_path: Path) -> Sound:
    """A recording with six silent seconds before the first word."""
    settings.MEDIA_ROOT = tmp_path / "media"
    quiet = sounds.sine(6, level=0.00001)
    path = sounds.wav(tmp_path / "hop.wav", np.concatenate([quiet, sounds.sine(4)]))
    file = SimpleUploadedFile(path.name, path.read_bytes())
    sound = actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=file, now=cast.now)
    return made(sound, cast)


def made(sound: Sound, cast: Cast) -> Sound:
    actions.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    assert sound.state == SoundState.READY, sound.refusal_message
    return sound


def test_one_press_cuts_the_silence_and_one_more_takes_it_back(client: Client, cast: Cast, slow_start: Sound) -> None:
    draft = fields(cast, client_id=str(uuid.uuid4()), source="upload", uploaded=str(slow_start.pk), text=SPEAK)
    address = client.post("/soan-ban-tin/", draft).headers["Location"]
    assert "Cắt khoảng lặng" in client.get(address).content.decode()
    draft |= {"uploaded": "", "sound": str(slow_start.pk)}
    pressed = client.post(address, draft | {"do": "trim", "revision": "1"})
    assert pressed.status_code == 302, pressed.content.decode()
    assert f"truoc={slow_start.pk}" in pressed.headers["Location"]
    mended = Version.objects.get().sound
    assert mended is not None
    assert (mended.origin, mended.made_from) == (Origin.EDITED, slow_start)
    told = Entry.objects.get(verb="sound.edited")
    assert (told.actor_name, told.object_id) == (cast.lan.full_name, str(mended.pk))
    assert told.facts["made_from"] == str(slow_start.pk)
    assert told.facts["edits"]["ops"][0]["do"] == "cut"

    made(mended, cast)
    assert mended.duration_ms < 5_000
    page = client.get(address).content.decode()
    assert "Nghe tiếng trước khi sửa" in page
    assert "Cắt khoảng lặng" not in page
    back = draft | {"sound": str(mended.pk), "before": str(slow_start.pk), "do": "before", "revision": "2"}
    assert client.post(address, back).status_code == 302
    assert Version.objects.get().sound == slow_start


def test_a_press_with_nothing_to_mend_is_told_so(client: Client, cast: Cast) -> None:
    address, sound = spoken(client, cast)
    answer = client.post(address, fields(cast, text=SPEAK, sound=str(sound.pk), do="trim", revision="1"))
    assert answer.status_code == 422
    assert "không còn chỗ nào để sửa" in answer.content.decode()
    assert Sound.objects.count() == 1
