"""The memory of spent tokens: nothing is forgotten early, nothing is kept for ever, and a kill loses nothing."""

from pathlib import Path

from devicelink.limits import MAX_LOGIN_TOKEN_MS
from devicelink.tokens import TOLERANCE_S

from loa.gateway.logins import RECORD_BYTES, SPAN_S, Logins

NOW = 1_800_000_000
LONGEST = TOLERANCE_S + MAX_LOGIN_TOKEN_MS // 1000  # issued by a clock that is a minute ahead


def mark(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_token_is_refused_until_the_very_second_in_which_it_expires_anyway(tmp_path: Path) -> None:
    logins = Logins(tmp_path)
    for number, life in enumerate(range(-TOLERANCE_S + 1, LONGEST + 1)):
        expires = NOW + life
        assert logins.spend(mark(number), expires, NOW)
        assert not logins.spend(mark(number), expires, NOW)
    for number, life in enumerate(range(-TOLERANCE_S + 1, LONGEST + 1)):
        last = NOW + life + TOLERANCE_S - 1
        assert not Logins(tmp_path).spend(mark(number), NOW + life, last) or last < NOW
    logins.close()


def test_memory_and_disk_are_given_back(tmp_path: Path) -> None:
    logins = Logins(tmp_path)
    for second in range(0, 4 * SPAN_S, 2):
        logins.spend(mark(second), NOW + second + 300, NOW + second)
    assert len(logins) <= (LONGEST + TOLERANCE_S + SPAN_S) // 2
    assert len(list(tmp_path.iterdir())) <= 3
    logins.spend(mark(99_999), NOW + 20 * SPAN_S, NOW + 20 * SPAN_S)
    assert len(logins) == 1
    logins.close()


def test_torn_file_and_full_disk_are_survived(tmp_path: Path) -> None:
    span = (NOW + 300) // SPAN_S
    (tmp_path / str(span)).write_bytes(mark(1) + mark(2)[:7])
    (tmp_path / "junk").write_bytes(b"?")
    logins = Logins(tmp_path)
    assert not logins.spend(mark(1), NOW + 300, NOW)
    assert logins.spend(mark(2), NOW + 300, NOW)
    logins.close()
    away = Logins(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert away.spend(mark(3), NOW + 300, NOW)
    assert not away.spend(mark(3), NOW + 300, NOW)


def test_word_of_the_other_gateway(tmp_path: Path) -> None:
    one, other = Logins(tmp_path / "1"), Logins(tmp_path / "2")
    one.spend(mark(5), NOW + 300, NOW)
    one.spend(mark(6), NOW + 300, NOW)
    told = one.take_fresh()
    assert len(told) == 2 * RECORD_BYTES
    assert one.take_fresh() == b""
    other.heard(told + b"torn", NOW)
    assert not other.spend(mark(6), NOW + 300, NOW)
    other.heard(mark(7) + (NOW + 10**6).to_bytes(8, "big"), NOW)
    assert len(other) == 2, "nothing that lives too long is believed"
    one.close()
    other.close()


def test_half_a_mark_on_a_full_disk_shifts_none_that_follow(tmp_path: Path) -> None:
    first = Logins(tmp_path)
    first.spend(mark(1), NOW, NOW)
    first.close()
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b"half")
    second = Logins(tmp_path)
    second.spend(mark(2), NOW, NOW)
    second.close()
    assert [Logins(tmp_path).spend(mark(number), NOW, NOW) for number in (1, 2, 3)] == [False, False, True]
