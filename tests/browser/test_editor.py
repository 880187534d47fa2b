"""Lan mends a recording on the page: cuts, goes back and forth, joins, saves; and what she saved is what is heard."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from loa.bulletins.models import Bulletin
from loa.kernel import clock
from loa.media import actions, rules, store
from loa.media.editing.edits import Edits, to_json
from loa.media.editing.tests.lists import lists, ops
from loa.media.editing.timeline import lay
from loa.media.models import Origin, Sound
from loa.media.tests import sounds
from loa.people.models import User
from tests.browser.checks import check_axe, check_width, take_picture, visit
from tests.browser.test_compose import town, work
from tests.cast import Cast

__all__ = ["town"]
pytestmark = pytest.mark.usefixtures("quiet_gateway")
SignIn = Callable[[Page, User], None]
RATE = 48_000
SIDE = "const {lay} = await import('/static/ui/js/editor/edits.js');"


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def notice(town: Cast, media: None, tmp_path: Path) -> Sound:
    """Six seconds of Lan: two of noise that no other part has, one after the other."""
    noise = np.random.default_rng(5)
    parts = [0.2 * noise.standard_normal(2 * RATE).astype(np.float32) * swell() for _ in range(3)]
    return made(town, sounds.wav(tmp_path / "Họp thôn.wav", np.concatenate(parts)))


def swell() -> Any:
    return np.interp(np.arange(2 * RATE), [0, RATE, 2 * RATE], [0.5, 1, 0.5]).astype(np.float32)


def made(cast: Cast, path: Path) -> Sound:
    file = SimpleUploadedFile(path.name, path.read_bytes())
    sound = actions.receive_upload(actor=cast.lan, area=cast.quy_mong, file=file, now=clock.now())
    work()
    return Sound.objects.get(pk=sound.pk)


def opened(page: Page, site: str, sound: Sound, width: int = 1280) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}{reverse('media:edit', args=[sound.pk])}")
    page.locator("[data-editor][data-drawn]").wait_for(state="attached")


def choose(page: Page, low: float, high: float) -> None:
    """Drag over this share of the drawing."""
    canvas = page.locator("[data-wave] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * low, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (low + high) / 2, y)
    page.mouse.move(box["x"] + box["width"] * high, y)
    page.mouse.up()


def decoded(sound: Sound) -> Any:
    with av.open(str(store.path_of(sound.sha256))) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def likeness(samples: Any, part: Any) -> float:
    """The best correlation of a part anywhere in the samples, 0 to 1."""
    places = len(samples) - len(part) + 1
    size = 1 << (len(samples) + len(part)).bit_length()
    cross = np.fft.irfft(np.fft.rfft(samples, size) * np.conj(np.fft.rfft(part, size)), size)[:places]
    sums = np.concatenate(([0.0], np.cumsum(np.square(samples, dtype=np.float64))))
    there = np.sqrt(sums[len(part) :] - sums[:places])
    return float((cross / (there * np.linalg.norm(part))).max())


def test_the_middle_is_cut_out_and_is_gone_in_what_was_saved(page: Page, site: str, notice: Sound) -> None:
    before = decoded(notice)
    opened(page, site, notice)
    choose(page, 1 / 3, 2 / 3)
    expect(page.locator("[data-chosen-length]")).to_have_text(re.compile("2,0 giây|1,9 giây|2,1 giây"))
    length = page.locator("[data-length]")
    page.get_by_role("button", name="Cắt bỏ đoạn chọn").click()
    expect(length).to_have_text(re.compile("0:0(4,0|3,9|4,1)"))
    page.get_by_role("button", name="Hoàn tác").click()
    expect(length).to_have_text("0:06,0")
    page.get_by_role("button", name="Làm lại", exact=True).click()
    expect(length).to_have_text(re.compile("0:0(4,0|3,9|4,1)"))
    page.get_by_role("button", name="Lưu thành bản mới").click()
    page.get_by_role("heading", name="Đang làm bản mới").wait_for()
    work()
    page.get_by_role("button", name="Nghe bản đã lưu").wait_for()

    saved = Sound.objects.get(origin=Origin.EDITED)
    (cut,) = saved.edits["ops"]
    assert saved.duration_ms == 6_000 - (cut["to"] - cut["from"])
    after = decoded(saved)
    assert len(after) == saved.duration_ms * 48
    removed = before[(cut["from"] + 200) * 48 : (cut["to"] - 200) * 48]
    assert likeness(before, removed) > 0.9
    assert likeness(after, removed) < 0.1
    assert likeness(after, before[: (cut["from"] - 200) * 48]) > 0.4
    assert likeness(after, before[(cut["to"] + 200) * 48 :]) > 0.4
    notice.refresh_from_db()
    assert notice.duration_ms == 6_000

    page.locator("[data-editor][data-drawn]").wait_for(state="attached")
    page.get_by_role("button", name="Trở về bản gốc").click()
    expect(length).to_have_text("0:06,0")
    page.get_by_role("button", name="Lưu thành bản mới").click()
    expect(page).to_have_url(re.compile(str(notice.pk)))


def test_it_is_heard_at_once_with_the_cut_made(page: Page, site: str, notice: Sound) -> None:
    opened(page, site, notice)
    choose(page, 0.1, 0.9)
    page.get_by_role("button", name="Cắt bỏ đoạn chọn").click()
    page.get_by_role("button", name="Nghe từ vạch").click()
    expect(page.locator("[data-time]")).to_have_text(re.compile("^(0:01,[12]) / \\1$"))
    expect(page.get_by_role("button", name="Nghe từ vạch")).to_be_visible()
    page.get_by_role("button", name="Nghe sau khi làm rõ").click()
    expect(page.get_by_role("button", name="Dừng nghe")).to_be_visible()
    expect(page.get_by_role("button", name="Nghe từ vạch")).to_be_visible()
    page.watch.check()  # type: ignore[attr-defined]


def test_the_whole_editor_works_from_the_keyboard(page: Page, site: str, notice: Sound) -> None:
    opened(page, site, notice)
    page.locator("[data-wave-focus]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("i")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("o")
    expect(page.locator("[data-chosen-length]")).to_have_text("1,1 giây")
    page.locator("[data-handle=end]").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-chosen-length]")).to_have_text("1,0 giây")
    page.locator("[data-wave-focus]").focus()
    page.keyboard.press("Delete")
    expect(page.locator("[data-length]")).to_have_text("0:05,0")
    page.keyboard.press("Control+z")
    expect(page.locator("[data-length]")).to_have_text("0:06,0")
    page.keyboard.press("Control+y")
    expect(page.locator("[data-length]")).to_have_text("0:05,0")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Dừng nghe")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Nghe từ vạch")).to_be_visible()


def test_a_phone_with_fingers(
    new_page: Callable[..., Page], sign_in: SignIn, site: str, notice: Sound, cast: Cast
) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, device_scale_factor=2)
    sign_in(page, cast.lan)
    page.goto(f"{site}{reverse('media:edit', args=[notice.pk])}")
    page.locator("[data-editor][data-drawn]").wait_for(state="attached")
    page.locator("[data-wave] canvas").tap(position={"x": 100, "y": 60})
    page.get_by_role("button", name="Đặt đầu đoạn ở vạch").tap()
    page.locator("[data-wave] canvas").tap(position={"x": 200, "y": 60})
    page.get_by_role("button", name="Đặt cuối đoạn ở vạch").tap()
    chosen = page.locator("[data-chosen-length]")
    before = chosen.text_content()
    page.get_by_role("button", name="Cuối đoạn: tiến 0,1 giây").tap()
    expect(chosen).not_to_have_text(str(before))
    for handle in ("start", "end"):
        box = page.locator(f"[data-handle={handle}]").bounding_box()
        assert box
        assert min(box["width"], box["height"]) > 43.9
    take_picture(page, "editor-phone")
    page.get_by_role("button", name="To hơn").tap()
    page.get_by_role("button", name="Giữ lại đoạn chọn").tap()
    expect(page.locator("[data-steps] li")).to_have_count(2)
    check_axe(page)
    check_width(page)


def test_pause_jingle_and_clear_voice_in_one_saving(
    page: Page, site: str, notice: Sound, town: Cast, tmp_path: Path
) -> None:
    jingle = made(town, sounds.wav(tmp_path / "Nhạc hiệu.wav", sounds.sine(1, pitch=900)))
    opened(page, site, notice)
    page.get_by_role("button", name="Thêm khoảng lặng").click()
    page.get_by_label("Tiếng muốn ghép").select_option(str(jingle.pk))
    page.get_by_label("Ghép vào").select_option("start")
    page.get_by_role("button", name="Ghép thêm tiếng").click()
    page.get_by_role("checkbox", name="Làm rõ tiếng").check()
    expect(page.locator("[data-length]")).to_have_text("0:08,0")
    page.reload()
    expect(page.locator("[data-say]")).to_contain_text("Đã mở lại các bước sửa")
    expect(page.locator("[data-length]")).to_have_text("0:08,0")
    page.get_by_role("button", name="Lưu thành bản mới").click()
    page.get_by_role("heading", name="Đang làm bản mới").wait_for()
    work()
    page.get_by_role("button", name="Nghe bản đã lưu").wait_for()
    saved = Sound.objects.get(origin=Origin.EDITED)
    assert (saved.duration_ms, saved.edits["clarity"]) == (8_000, True)
    assert [op["do"] for op in saved.edits["ops"]] == ["silence", "join"]


def test_what_cannot_be_done_is_said_and_changes_nothing(page: Page, site: str, notice: Sound) -> None:
    opened(page, site, notice)
    say = page.locator("[data-say]")
    page.get_by_role("button", name="Cắt bỏ đoạn chọn").click()
    expect(say).to_contain_text("Hãy chọn một đoạn trước")
    choose(page, 0, 0.97)
    page.get_by_role("button", name="Cắt bỏ đoạn chọn").click()
    expect(say).to_contain_text("không còn tiếng nào để phát")
    for _ in range(5):
        page.get_by_role("button", name="To hơn").click()
    expect(say).to_contain_text("to hết mức")
    page.get_by_role("button", name="Hoàn tác").click()
    page.get_by_role("button", name="Hoàn tác").click()
    page.get_by_role("button", name="Hoàn tác").click()
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("[data-steps] li")).to_have_count(0)
    page.get_by_role("button", name="Lưu thành bản mới").click()
    expect(page.locator("[data-say-saving]")).to_contain_text("Chưa có gì thay đổi")


def test_the_draft_goes_on_with_the_edited_sound(
    page: Page, site: str, town: Cast, media: None, tmp_path: Path
) -> None:
    page.goto(f"{site}{reverse('broadcasts:compose')}")
    page.get_by_label("Tên bản tin").fill("Họp thôn 2")
    page.get_by_text("Tải tệp tiếng, video", exact=True).click()
    page.locator("#upload").set_input_files(sounds.wav(tmp_path / "hop.wav", sounds.sine(4)))
    page.locator("#sound-now").get_by_text("Đang xử lý").wait_for()
    work()
    page.get_by_role("button", name="Nghe cả bản tin").wait_for()
    page.get_by_label("Chữ của bản tin").fill("Mời bà con họp.")
    page.get_by_role("button", name="Sửa tiếng").click()
    page.locator("[data-editor][data-drawn]").wait_for(state="attached")
    choose(page, 0, 0.5)
    page.get_by_role("button", name="Cắt bỏ đoạn chọn").click()
    page.get_by_role("button", name="Lưu thành bản mới").click()
    expect(page).to_have_url(re.compile("/soan-ban-tin/[0-9a-f-]{36}/"))
    expect(page.locator("#sound-now")).to_contain_text("Đang xử lý tiếng")
    work()
    expect(page.locator("#sound-now")).to_contain_text("Cắt ghép từ tiếng khác, dài 0:02")
    expect(page.get_by_label("Chữ của bản tin")).to_have_value("Mời bà con họp.")
    version = Bulletin.objects.get().versions.get()
    assert version.sound == Sound.objects.get(origin=Origin.EDITED)
    assert version.text == "Mời bà con họp."
    Bulletin.objects.update(state="submitted")
    answer = page.request.get(f"{site}{reverse('broadcasts:mend_sound', args=[version.bulletin_id])}")
    assert answer.url.endswith(reverse("broadcasts:bulletin", args=[version.bulletin_id]))


def test_an_evening_of_three_hours_is_cut_down(page: Page, site: str, notice: Sound) -> None:
    """Only the length in the row is that long: what is not saved needs no sound."""
    with connection.cursor() as cursor:
        cursor.execute("alter table media_sound disable trigger media_sound_is_final")
        cursor.execute("update media_sound set duration_ms = 10800000")
        cursor.execute("alter table media_sound enable trigger media_sound_is_final")
    opened(page, site, notice)
    expect(page.locator("[data-length]")).to_have_text("3:00:00,0")
    page.get_by_role("button", name="Thêm khoảng lặng").click()
    page.get_by_role("button", name="Lưu thành bản mới").click()
    expect(page.locator("[data-say-saving]")).to_contain_text("quá 60 phút của một bản tin")
    for _ in range(3):
        page.get_by_role("button", name="Phóng to sóng tiếng").click()
    choose(page, 0.2, 0.4)
    page.get_by_role("button", name="Giữ lại đoạn chọn").click()
    expect(page.locator("[data-length]")).to_have_text(re.compile("^4:30|^0?4:2|^4:3"))


def test_the_page_of_the_editor(page: Page, site: str, notice: Sound) -> None:
    visit(page, f"{site}{reverse('media:edit', args=[notice.pk])}", name="editor")


@given(lists(60_000), st.data())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_the_browser_and_the_server_lay_every_list_alike(plain: Page, edits: Edits, data: Any) -> None:
    told = {"edits": to_json(edits), "length": 60_000}
    theirs = plain.evaluate(f"async (told) => {{ {SIDE} return lay(told.edits, told.length); }}", told)
    line = lay(edits, 60_000)
    assert theirs["length"] == line.length
    assert theirs["joined"] == [str(name) for name in line.joined]
    ours = [
        [piece.source, piece.start, piece.length, [[list(point) for point in curve.points] for curve in piece.curves]]
        for piece in line.pieces
    ]
    shown = [
        [one["source"], one["start"], one["length"], [curve["points"] for curve in one["curves"]]]
        for one in theirs["pieces"]
    ]
    assert json.dumps(_rounded(shown)) == json.dumps(_rounded(ours))
    wild = Edits((*edits.ops, data.draw(ops(line.length + 90))))
    assert plain.evaluate(REFUSAL, {"edits": to_json(wild), "length": 60_000}) == _refusal(wild)


REFUSAL = (
    f"async (told) => {{ {SIDE} try {{ lay(told.edits, told.length); return ''; }} catch (e) {{ return e.code; }} }}"
)


def _refusal(edits: Edits) -> str:
    try:
        lay(edits, 60_000)
    except rules.Unfit as verdict:
        return verdict.code
    return ""


def _rounded(value: Any) -> Any:
    return [_rounded(one) for one in value] if isinstance(value, list) else round(float(value), 9)


@pytest.fixture
def plain(page: Page, site: str, town: Cast) -> Page:
    """Any page of ours, for its modules."""
    page.goto(f"{site}{reverse('broadcasts:bulletins')}")
    return page
