"""The bounds of what may become a sound: the last that is taken, the first that is not, and what a person is told."""

from collections.abc import Callable

import pytest

from loa.media import rules
from loa.media.rules import Unfit

HOUR, MB = 3_600_000, 1024 * 1024


@pytest.mark.parametrize(
    ("check", "taken"),
    [
        (rules.check_upload_size, (1, 200 * MB)),
        (rules.check_duration, (500, 3 * HOUR)),
        (rules.check_for_bulletin, (0, HOUR)),
        (rules.check_loudness, (-59.9, 0.0)),
    ],
)
def test_up_to_the_bound_it_is_taken(check: Callable[[float], None], taken: tuple[float, ...]) -> None:
    for value in taken:
        check(value)


@pytest.mark.parametrize(
    ("check", "value", "code", "said"),
    [
        (rules.check_upload_size, 0, "empty", "rỗng"),
        (rules.check_upload_size, 200 * MB + 1, "too_large", "200 MB"),
        (rules.check_upload_size, 1234 * MB, "too_large", "Tệp nặng 1234 MB"),
        (rules.check_duration, 499, "too_short", "chỉ dài 0,4 giây"),
        (rules.check_duration, 3 * HOUR + 1, "too_long", "3 giờ"),
        (rules.check_for_bulletin, HOUR + 60_000, "too_long_for_bulletin", "dài 1 giờ 1 phút"),
        (rules.check_for_bulletin, HOUR + 1, "too_long_for_bulletin", "60 phút"),
        (rules.check_loudness, -60.0, "silent", "im lặng"),
        (rules.check_loudness, float("-inf"), "silent", "im lặng"),
        (rules.check_loudness, float("nan"), "silent", "im lặng"),
    ],
)
def test_beyond_the_bound_a_person_is_told_why(
    check: Callable[[float], None], value: float, code: str, said: str
) -> None:
    with pytest.raises(Unfit) as unfit:
        check(value)
    assert unfit.value.code == code
    assert said in unfit.value.message


@pytest.mark.parametrize(("channels", "rate"), [(1, 4_000), (8, 192_000)])
def test_the_widest_sound_that_is_read(channels: int, rate: int) -> None:
    rules.check_stream(channels, rate)


@pytest.mark.parametrize(("channels", "rate"), [(0, 44_100), (9, 44_100), (2, 3_999), (2, 192_001)])
def test_no_microphone_makes_such_sound(channels: int, rate: int) -> None:
    with pytest.raises(Unfit, match="odd_format") as unfit:
        rules.check_stream(channels, rate)
    assert f"({channels} kênh, {rate} Hz)" in unfit.value.message


def test_a_file_may_be_a_little_shorter_than_it_says() -> None:
    minute = 60_000
    rules.check_whole(minute, None)
    rules.check_whole(55_000, minute)
    with pytest.raises(Unfit, match="truncated") as unfit:
        rules.check_whole(54_999, minute)
    assert "thiếu 5 giây trên 1 phút" in unfit.value.message


def test_a_file_that_counts_its_samples_may_lose_a_few_frames_and_no_more() -> None:
    rules.check_whole(59_500, 60_000, exact=True)
    with pytest.raises(Unfit, match="truncated") as unfit:
        rules.check_whole(59_400, 60_000, exact=True)
    assert "thiếu 0,6 giây trên 1 phút" in unfit.value.message


def test_what_a_voice_is_given_to_read() -> None:
    rules.check_speech("5", 0.5)
    rules.check_speech("a" * 80_000, 2.0)
    for text, speed, code in (
        (" … !", 1.0, "text_empty"),
        ("a" * 80_001, 1.0, "spoken_too_long"),
        ("Thông báo", 0.49, "speed"),
        ("Thông báo", 2.01, "speed"),
    ):
        with pytest.raises(Unfit) as unfit:
            rules.check_speech(text, speed)
        assert unfit.value.code == code
    with pytest.raises(Unfit) as unfit:
        rules.check_speech("a" * 83_456, 1.0)
    assert "83.456 chữ cái" in unfit.value.message


def test_a_text_is_measured_as_it_is_written() -> None:
    rules.check_text("7" * 20_000)
    with pytest.raises(Unfit, match="text_too_long") as unfit:
        rules.check_text("a" * 23_456)
    assert "23.456 chữ cái" in unfit.value.message


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (0, "0,0 giây"),
        (999, "0,9 giây"),
        (1_000, "1 giây"),
        (59_999, "59 giây"),
        (60_000, "1 phút"),
        (65_000, "1 phút 5 giây"),
        (HOUR, "1 giờ 0 phút"),
        (HOUR + 12 * 60_000 + 59_000, "1 giờ 12 phút"),
    ],
)
def test_a_length_as_people_say_it(milliseconds: int, said: str) -> None:
    assert rules.length(milliseconds) == said
