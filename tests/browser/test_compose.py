"""Lan writes a notice in a real browser: has it spoken, hears it, hands it in; and once without network."""

import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import Page, expect

from loa.broadcasts.actions import submit
from loa.broadcasts.actions.composing import put_on_air
from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import settle, speaker
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft, Further
from loa.devices.models import DeviceGroup
from loa.kernel import clock
from loa.media import actions as media
from loa.media.models import Sound
from loa.media.tests import sounds
from loa.people.models import User
from tests.browser.checks import take_picture, visit
from tests.cast import Cast, hear

pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
SOUND = "[aria-labelledby=h-sound]"  # the card of the sound in the main language
TEXT = "UBND xã thông báo: ngừng cấp nước từ 8h đến 11h30 để công ty HQT thay van."
SENT = "Gửi duyệt"


def well_ahead(starts: time) -> time:
    """An hour later while a session of half an hour that begins then is about to end: it must not pass under a test."""
    now = clock.local(clock.now()).replace(tzinfo=None)
    left = datetime.combine(now.date(), starts) + timedelta(minutes=30) - now
    return starts.replace(hour=starts.hour + 1) if timedelta(0) <= left < timedelta(minutes=10) else starts


@pytest.fixture
def town(page: Page, sign_in: SignIn, cast: Cast) -> Cast:
    """Eight loudspeakers, an afternoon session every day; Lan is signed in."""
    bulletins.load_categories()
    speakers = [speaker(cast, cast.quy_mong, number) for number in range(1, 9)]
    group = DeviceGroup.objects.create(area=cast.quy_mong, name="Trung tâm")
    group.members.set(speakers[:3])
    settle(speakers, clock.now())
    for name, starts in (("Buổi sáng", time(5, 10)), ("Buổi chiều", time(17))):
        Programme.objects.create(
            area=cast.quy_mong, name=name, starts=well_ahead(starts), minutes=30, weekdays=[1, 2, 3, 4, 5, 6, 7]
        )
    sign_in(page, cast.lan)
    return cast


def work() -> None:
    """What the worker does with a sound that waits."""
    for sound in Sound.objects.filter(state="waiting"):
        media.ingest(sound_id=sound.pk, now=clock.now())


def recorded(cast: Cast, folder: Path) -> Sound:
    """A second of a person."""
    path = sounds.wav(folder / "tay.wav", sounds.sine(1))
    file = SimpleUploadedFile(path.name, path.read_bytes())
    made = media.receive_upload(actor=cast.lan, area=cast.quy_mong, file=file, now=clock.now())
    work()
    return made


def write(page: Page) -> None:
    page.get_by_label("Tên bản tin").fill("Ngừng cấp nước")
    page.get_by_label("Chữ của bản tin").fill(TEXT)
    page.get_by_label("Lĩnh vực").select_option("livelihood")


def test_the_pages_of_a_writer(page: Page, site: str, town: Cast) -> None:
    visit(page, f"{site}{reverse('broadcasts:compose')}")
    visit(page, f"{site}{reverse('broadcasts:bulletins')}")


def test_a_notice_from_words_to_the_approver(page: Page, site: str, town: Cast) -> None:
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    write(page)
    expect(page.locator("#reading mark")).to_have_text("hát quy tê")
    expect(page.locator("#air-times")).to_contain_text("Sẽ phát 1 lần")
    with page.expect_response(lambda answer: "nghe-thu.wav" in answer.url) as word:
        page.get_by_role("button", name="Nghe chữ HQT").click()
    assert word.value.ok
    page.get_by_role("button", name="Tạo tiếng").click()
    page.get_by_text("Đang tạo tiếng").wait_for()
    work()
    player = page.get_by_role("button", name="Nghe cả bản tin")
    player.wait_for()
    player.click()
    page.get_by_text("Đã nghe hết bản đọc").wait_for(timeout=30_000)
    visit(page, page.url, name="compose-heard")
    page.get_by_role("button", name=SENT).click()
    page.get_by_role("heading", name="Ai sẽ duyệt").wait_for()
    assert Schedule.objects.get().state == State.SUBMITTED
    visit(page, f"{site}{reverse('broadcasts:bulletin', args=[Bulletin.objects.get().pk])}", name="bulletin-sent")
    page.get_by_role("button", name="Rút lại để sửa").click()
    page.get_by_text("Đã rút lại").wait_for()
    assert Schedule.objects.get().state == State.DRAFT


def test_what_a_press_brings_is_seen_on_a_phone(page: Page, site: str, town: Cast) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    write(page)
    page.get_by_role("button", name="Tạo tiếng").click()
    page.get_by_text("Đang tạo tiếng").wait_for()
    work()
    player = page.get_by_role("button", name="Nghe cả bản tin")
    player.wait_for()
    expect(player).to_be_in_viewport()
    page.get_by_label("Tên bản tin").fill("")
    page.get_by_role("button", name=SENT).click()
    refused = page.get_by_role("alert").filter(has_text="Chưa gửi được")
    expect(refused).to_be_in_viewport()
    expect(refused).to_be_focused()
    page.context.set_offline(True)
    page.get_by_role("button", name=SENT).click()
    expect(page.get_by_text("đang chờ mạng")).to_be_in_viewport()


def hand_in(cast: Cast, title: str, clock_time: str, *languages: Further) -> Bulletin:
    """A notice of Lan with a short machine voice, heard by her and submitted for the day after tomorrow."""
    now = clock.now()
    own = media.synthesise(actor=cast.lan, area=cast.quy_mong, text=title, voice="espeak/vi", now=now)
    draft = Draft(title=title, text=title, spoken=title, sound=own.pk, category="livelihood", languages=languages)
    bulletin = bulletins.create_draft(
        actor=cast.lan, bulletin_id=uuid.uuid4(), area=cast.quy_mong, draft=draft, now=now
    )
    work()
    hear(cast.lan, own, now)
    when = When("once", clock.local(now).date() + timedelta(days=2), (clock_time,))
    put_on_air(actor=cast.lan, bulletin_id=bulletin.pk, area=cast.quy_mong, when=when, target=Target(), now=now)
    submit(actor=cast.lan, bulletin_id=bulletin.pk, now=now)
    return bulletin


def test_of_several_what_was_heard_to_its_end_is_approved_at_once(
    page: Page, site: str, town: Cast, sign_in: SignIn, tmp_path: Path
) -> None:
    tay = Further("tyz", sound=recorded(town, tmp_path).pk)
    heard, _ = hand_in(town, "Họp thôn", "17:00", tay), hand_in(town, "Tiêm chủng", "17:20")
    sign_in(page, town.thanh)
    visit(page, f"{site}{reverse('broadcasts:today')}", name="today-approver", themes=("light",))
    page.get_by_text("2 bản tin chờ anh/chị duyệt").wait_for()
    page.get_by_role("link", name="Xem và duyệt").click()
    page.get_by_role("heading", name="Duyệt nhiều mục cùng lúc").wait_for()
    visit(page, f"{site}{reverse('broadcasts:approve')}", name="approve-list")
    row, other = (page.get_by_role("checkbox", name=title) for title in ("Họp thôn", "Tiêm chủng"))
    expect(row).not_to_be_checked()
    expect(page.get_by_role("button", name="Duyệt các mục đã chọn")).to_be_visible()
    with page.expect_response(lambda answer: "da-nghe" in answer.url and "am-thanh" not in answer.url):
        page.get_by_role("button", name="Nghe Họp thôn", exact=True).click()
    expect(row).not_to_be_checked()
    page.get_by_role("button", name="Nghe Họp thôn, tiếng Tày").click()
    expect(row).to_be_checked()
    expect(page.get_by_role("button", name="Duyệt 1 bản tin đã nghe")).to_be_visible()
    other.check()
    page.get_by_text("1 trong 2 bản tin đã chọn chưa được nghe hết").wait_for()
    expect(page.get_by_role("button", name="Duyệt 2 bản tin, 1 chưa nghe")).to_be_visible()
    take_picture(page, "approve-list-unheard")
    other.uncheck()
    page.reload()
    expect(row).to_be_checked()
    expect(other).not_to_be_checked()
    page.get_by_role("button", name="Duyệt 1 bản tin đã nghe").click()
    page.get_by_text("Đã duyệt “Họp thôn”").wait_for()
    assert Schedule.objects.get(state=State.APPROVED).bulletin == heard


def test_a_time_at_night_is_refused_while_it_is_typed(page: Page, site: str, town: Cast) -> None:
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    write(page)
    page.get_by_text("Chọn ngày giờ khác").click()
    tomorrow = clock.local(clock.now()) + timedelta(days=1)
    page.get_by_label("Ngày phát").fill(f"{tomorrow:%d/%m/%Y}")
    page.locator("#id_clocks").fill("3h15")
    expect(page.locator("#air-times")).to_contain_text("không phát trước 05:00")
    page.get_by_role("button", name="Giữ làm bản nháp").click()
    page.get_by_text("Chữ và tiếng đã được giữ trong bản nháp.").wait_for()
    assert Bulletin.objects.get().versions.get().text == TEXT


def test_a_draft_written_without_network_arrives_once(page: Page, site: str, town: Cast) -> None:
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    page.context.set_offline(True)
    write(page)
    page.get_by_role("button", name="Giữ làm bản nháp").click()
    page.get_by_text("đang chờ mạng").wait_for()
    assert not Bulletin.objects.exists()
    page.context.set_offline(False)
    page.get_by_text("Đã gửi “").wait_for()
    page.reload()
    page.get_by_label("Tên bản tin").wait_for()
    assert Bulletin.objects.get().versions.get().text == TEXT
