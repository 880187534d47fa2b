"""Real stations on loopback, read by real processes: what comes, what goes wrong, and how soon that is known."""

import io
import socket
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from devicelink.relayed import News, Spec
from speaker.relay import addresses, hls, receiver
from speaker.relay import reader as reading
from speaker.relay.decode import decoded
from speaker.relay.reader import Reader
from speaker.relay.trouble import Trouble
from speaker.relay.web import Policy, opened
from speaker.sink import RATE, Pcm

from tests.stations import Station, coded, tone

HERE = ("127.0.0.1",)


def until(condition: Callable[[], object], seconds: float = 20.0) -> float:
    """How long (s) it took until this came true."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def listening() -> Iterator[Callable[..., Reader]]:
    readers: list[Reader] = []

    def read(url: str = "", **more: object) -> Reader:
        fields = {"kind": "stream", "url": url, "local": HERE} | more
        readers.append(Reader(lambda: Spec(**fields)))  # type: ignore[arg-type]
        return readers[-1]

    yield read
    for reader in readers:
        reader.close()


def test_icecast_and_hls_sound_and_their_death_is_known_at_once(listening: Callable[..., Reader]) -> None:
    icecast, live = Station(), Station()
    readers = [listening(icecast.icecast(tone(440))), listening(live.hls(tone(700)))]
    for reader in readers:
        until(lambda reader=reader: reader.ear.end > 2 * RATE)
        heard = reader.ear.read(reader.ear.end - RATE, RATE)
        assert np.abs(heard.astype(int)).max() > 3_000
    assert readers[0].news.title == "Ban tin sang"
    assert readers[0].received > 0
    icecast.close()
    live.close()
    for reader in readers:
        assert until(lambda reader=reader: reader.ear.trouble, 5.0) < 5.0
        assert reader.ear.trouble == "gone"
    again = Station(port=icecast.port)
    again.icecast(tone(440))
    until(lambda: not readers[0].ear.trouble)
    again.close()


def raw(answer: bytes, *, then: Callable[[socket.socket], None] = lambda line: None) -> Station:
    """A station that says this and does that."""

    def speak(line: socket.socket, path: str) -> None:
        line.sendall(answer)
        then(line)

    return Station(speak)


def drip(line: socket.socket) -> None:
    for _ in range(400):
        line.sendall(b"x")
        time.sleep(0.05)


def odd_wave() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(400_000)
        out.writeframes(bytes(400_000))
    return buffer.getvalue()


def test_whatever_a_stranger_sends_is_told_within_seconds(
    listening: Callable[..., Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FIRST_S", 60.0)  # eleven processes begin at once: their start is not what is timed
    head = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n"
    junk = np.random.default_rng(7).integers(0, 256, 400_000, np.uint8).tobytes()
    around = Station()
    around._answer = lambda line, path: line.sendall(
        f"HTTP/1.1 302 Found\r\nLocation: {around.url}/{len(path)}x\r\n\r\n".encode()
    )
    leading_in = raw(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/\r\n\r\n")
    leading_out = raw(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n")
    listed = raw(b"HTTP/1.1 200 OK\r\nContent-Type: audio/x-mpegurl\r\n\r\n#EXTM3U\nfile:///etc/passwd\n")
    stations = {
        "junk": raw(head + junk), "around": around, "inwards": leading_in, "file": leading_out, "list": listed,
        "odd": raw(head + odd_wave()), "drips": raw(b"HTTP/1.1 200 OK\r\nX-A: ", then=drip), "none": raw(b""),
        "missing": raw(b"HTTP/1.1 404 Not Found\r\n\r\n"),
    }  # fmt: skip
    readers = {name: listening(station.url + "/x") for name, station in stations.items()}
    readers["file itself"] = listening("file:///etc/passwd")
    readers["not allowed"] = listening(stations["junk"].url, local=())
    expected = {
        "junk": "junk", "around": "gone", "inwards": "forbidden", "file": "forbidden", "list": "forbidden",
        "odd": "junk", "drips": "stuck", "none": "gone", "missing": "missing", "file itself": "forbidden",
        "not allowed": "forbidden",
    }  # fmt: skip
    until(lambda: all(reader.ear.trouble for reader in readers.values()), 90.0)
    assert {name: reader.ear.trouble for name, reader in readers.items()} == expected
    assert all(reader.ear.end == 0 for reader in readers.values())
    for station in stations.values():
        station.close()


def test_what_a_station_joins_badly_does_not_end_it() -> None:
    """Songs one after another, each a file with a head of its own, and a byte that got lost: it sounds on."""
    stereo = coded(tone(500, 1), bits=48_000)
    joined = coded(tone(440, 1)) + stereo[:3_000] + stereo[3_001:] + coded(tone(600, 1))
    sound: list[Pcm] = []
    with pytest.raises(Trouble, match="gone"):  # only the end ends it
        sound += (piece for piece in decoded(io.BytesIO(joined), ahead=60) if not isinstance(piece, News))
    assert sum(map(len, sound)) > 2.8 * RATE


def test_a_station_that_holds_the_line_open_is_stuck_within_five_seconds(listening: Callable[..., Reader]) -> None:
    station = Station()
    reader = listening(station.icecast(tone(440), metadata=False))
    until(lambda: reader.ear.end > RATE)
    station.paused.set()
    began = reader.begun
    assert until(lambda: reader.ear.trouble, 10.0) < 5.5
    assert reader.ear.trouble == "stuck"
    until(lambda: reader.begun > began)  # it was killed, and asks again
    station.close()


def test_the_tuner_sounds_by_the_clock_and_hears_the_transmitter_fail(
    listening: Callable[..., Reader], tmp_path: Path
) -> None:
    path = tmp_path / "102700.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(tone(300, 10).tobytes())
    reader = listening(kind="fm", frequency=102_700, folder=str(tmp_path))
    until(lambda: reader.ear.end > RATE)
    before, at = reader.ear.end, time.monotonic()
    time.sleep(1.0)
    assert (reader.ear.end - before) / (time.monotonic() - at) == pytest.approx(RATE, rel=0.15)
    path.unlink()
    assert until(lambda: reader.ear.trouble, 5.0) < 3.0
    assert reader.ear.trouble == "missing"


PROGRAM = """
import sys, time
import numpy as np
print("opened", sys.argv[1], file=sys.stderr)
for _ in range(int(float(sys.argv[2]) * 50)):
    wave = (np.sin(np.arange(960) * 2 * np.pi * 400 / 48000) * 9000).astype("<i2")
    sys.stdout.buffer.write(wave.tobytes()); sys.stdout.buffer.flush()
    time.sleep(0.02)
"""


def test_what_a_program_takes_in_is_heard_until_it_ends(listening: Callable[..., Reader]) -> None:
    """As `arecord` at the mixer of a station, `rtl_fm` at an aerial: a process that writes samples into a pipe."""
    words = receiver.command(f"{sys.executable} -c '{PROGRAM}' {{input}} 3", name="plughw:1")
    assert words[-2:] == ("plughw:1", "3")
    reader = listening(kind="line", input="plughw:1", program=words)
    until(lambda: reader.ear.end > RATE)
    assert np.abs(reader.ear.read(reader.ear.end - RATE // 2, RATE // 2).astype(int)).max() > 5_000
    until(lambda: reader.ear.trouble == "gone")
    begun = reader.begun
    until(lambda: reader.begun > begun and not reader.ear.trouble)  # it is started again


def test_a_device_says_what_it_has_not(listening: Callable[..., Reader]) -> None:
    readers = {
        "no_tuner": listening(kind="fm", frequency=102_700),
        "missing": listening(kind="line", input="x", program=("/nowhere/arecord",)),
    }
    refused = listening(kind="line", input="x", program=(sys.executable, "-c", "raise SystemExit('no such card')"))
    until(lambda: all(reader.ear.trouble == name for name, reader in readers.items()), 60.0)
    until(lambda: refused.ear.trouble == "missing", 60.0)


def test_the_frequency_is_one_word_of_the_program() -> None:
    assert receiver.command("rtl_fm", khz=102_700)[:5] == ("rtl_fm", "-M", "wbfm", "-f", "102700k")
    assert receiver.command("arecord", name="a; b")[-1] == "a; b"
    assert receiver.command("") == ()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("127.0.0.1", False), ("10.0.0.7", False),
        ("100.64.1.1", False), ("169.254.169.254", False), ("192.168.1.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("::1", False), ("fe80::1", False), ("fd00::1", False), ("::ffff:10.0.0.7", False),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False),
    ],
)  # fmt: skip
def test_only_the_open_internet_is_public(address: str, public: bool) -> None:
    assert addresses.may_read("stream.example", address) is public
    assert addresses.may_read("stream.example", address, ("*",))


def test_what_the_operator_names_may_be_read() -> None:
    assert addresses.may_read("stream.example", "10.1.2.3", ("10.1.0.0/16",))
    assert addresses.may_read("tram-phat", "10.1.2.3", ("tram-phat",))
    assert not addresses.may_read("stream.example", "10.2.2.3", ("10.1.0.0/16", "tram-phat"))
    assert addresses.resolved("127.0.0.1", 8_100, ("127.0.0.1:8100",)) == ["127.0.0.1"]
    with pytest.raises(Trouble, match="forbidden"):
        addresses.resolved("127.0.0.1", 8_222, ("127.0.0.1:8100",))  # one port is one door


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<html>", "not a playlist"),
        ('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:2,\na.ts', "encrypted"),
        ("#EXTM3U\n#EXTINF:2,\n#EXT-X-BYTERANGE:10@0\na.ts", "encrypted or cut"),
    ],
)
def test_playlists_that_cannot_be_played_are_junk(text: str, message: str) -> None:
    with pytest.raises(Trouble, match=message):
        hls.listing(text, "http://a.example/")


def test_a_playlist_is_read_with_its_numbers_and_the_cheapest_variant_is_taken() -> None:
    text = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MAP:URI="i.mp4"\n#EXTINF:4,\na.m4s\n'
    found = hls.listing(text, "http://a.example/live/x.m3u8")
    assert found.parts == (hls.Part(7, "http://a.example/live/a.m4s", "http://a.example/live/i.mp4"),)
    assert (found.length, found.ended) == (4.0, False)
    rows = "#EXT-X-STREAM-INF:BANDWIDTH=128000\nhi.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=48000\nlo.m3u8\n"
    assert hls.best_variant("#EXTM3U\n" + rows, "http://a.example/live/x.m3u8") == "http://a.example/live/lo.m3u8"


def test_chunks_of_http_are_taken_apart() -> None:
    station = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\n\r\n")
    answer = opened(station.url, Policy(local=HERE))
    found = b""
    while piece := answer.read():
        found += piece
    answer.close()
    station.close()
    assert found == b"abcdefg"
    assert threading.active_count() < 100
