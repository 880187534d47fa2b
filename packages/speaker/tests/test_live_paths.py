"""Over a bad line: three of a hundred batches lost, 80 +- 40 ms late. What is lost of the speech?"""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from devicelink import codec
from devicelink.batches import Batch, is_batch
from devicelink.jws import decode64
from speaker.live import track as tracks
from speaker.live.mouth import Mouth
from speaker.live.opus import PACKET, Native, Plain
from speaker.live.sitting import Sitting
from speaker.live.track import Track
from speaker.sink import BLOCK, BLOCK_NS, Pcm
from speaker_home import awake, config_of, enrolled, settled, until
from speaker_paths import Delay, Mqtt, hung_up
from speaker_paths import Path as Way
from speaker_platform import Platform, now_ms, ready
from speaker_voice import BATCH_MS, Voice, packets, speech

BAD = Way(Delay(0.080, 0.040), loss=0.03, drops=is_batch)
LISTENERS, SECONDS = 12, 8.0


class Quick:
    """A decoder for counting only."""

    def decode(self, packet: bytes) -> Pcm:
        return np.ones(PACKET, np.int16)

    def lost(self) -> Pcm:
        return np.zeros(PACKET, np.int16)


def test_of_speech_less_than_one_part_in_500_is_lost_when_three_batches_of_a_hundred_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An hour and more of batches, each dropped by chance: what needs two losses in a row is rare."""
    monkeypatch.setattr(tracks, "decoder", Quick)
    chance, track, last = random.Random(7), Track(), -1
    count = 20_000
    for number in range(count):
        if chance.random() >= BAD.loss:
            batch = Batch("ab" * 16, number, number * BATCH_MS * 1_000, (b"x",) * 10, (b"x",) * 10)
            track.take(batch, missed=number > last + 1)
            last = number
    assert track.came + track.lost >= count * 10 - 20
    assert 0 < track.lost / (count * 10) < 0.002


class Listener:
    """The part of a loudspeaker that takes a live voice, on an MQTT connection of its own; its card is pulled here."""

    def __init__(self, voice: Voice) -> None:
        self.sitting = Sitting.of(voice.session, decode64(voice.session.public), 0.0)
        self._mouth = Mouth(self)
        self._mouth.sound(self.sitting.stand)
        self.blocks: list[Pcm] = []
        self.heard_ns = voice.start * 1_000_000

    def pull(self, heard_at: int) -> Pcm | None:
        """Nothing else sounds here."""
        return None

    async def listen(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        parser = codec.Parser()
        try:
            while data := await reader.read(1 << 16):
                for packet in parser.feed(data):
                    self.sitting.hear(codec.read_publish(packet).payload, now_ms(), 5)
        finally:
            await hung_up(writer)

    def play(self, until_ns: int) -> None:
        """What a card with a buffer of 100 ms would have asked for by now."""
        while self.heard_ns < until_ns + 100_000_000:
            block = self._mouth.pull(self.heard_ns)
            self.blocks.append(np.zeros(BLOCK, np.int16) if block is None else block)
            self.heard_ns += BLOCK_NS


async def station(voice: Voice) -> asyncio.Server:
    """Sends every batch at its time to whoever listens."""

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, at in voice.due():
            await asyncio.sleep(max(0.0, (at - now_ms()) / 1000))
            writer.write(codec.publish("all/down", voice.packed(number)))
        await asyncio.sleep(1.0)
        await hung_up(writer)

    return await asyncio.start_server(serve, "127.0.0.1", 0)


def likenesses(heard: Pcm, wanted: Pcm) -> Iterator[float]:
    """Of each 20 ms, with what was said."""
    for at in range(0, len(wanted) - PACKET + 1, PACKET):
        one, other = heard[at : at + PACKET].astype(np.float64), wanted[at : at + PACKET].astype(np.float64)
        yield float(one @ other / max(1.0, np.sqrt((one @ one) * (other @ other))))


def test_over_real_connections_the_lost_batches_are_not_heard() -> None:
    """Twelve listeners, each behind a path of its own; compared with what the codec makes of every packet."""
    decoder = Native(library) if (library := _native()) else Plain()
    whole = np.concatenate([decoder.decode(packet) for packet in packets("lan", SECONDS)])
    voice = Voice(now_ms() + 700, seconds=SECONDS)

    async def story() -> tuple[list[Listener], int, int]:
        server = await station(voice)
        port = server.sockets[0].getsockname()[1]
        listeners = [Listener(voice) for _ in range(LISTENERS)]
        for one in listeners:
            one.sitting.end_at(voice.start + int(SECONDS * 1000))
        dropped = passed = 0
        async with asyncio.TaskGroup() as group:
            paths = [await Mqtt(port, BAD, seed=number).__aenter__() for number in range(LISTENERS)]
            tasks = [group.create_task(one.listen(path.port)) for one, path in zip(listeners, paths, strict=True)]
            end = voice.start + int(SECONDS * 1000) + voice.session.buffer + 100
            while now_ms() < end:
                for one in listeners:
                    one.play(now_ms() * 1_000_000)
                await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
            for path in paths:
                dropped, passed = dropped + path.dropped, passed + path.passed
                await path.__aexit__()
        server.close()
        return listeners, dropped, passed

    listeners, dropped, passed = asyncio.run(story())
    assert passed + dropped == LISTENERS * voice.count
    assert 0.01 < dropped / (passed + dropped) < 0.06
    bad = total = 0
    begins = voice.session.buffer * 48
    for one in listeners:
        heard = np.concatenate(one.blocks)[begins : begins + len(whole)]
        found = list(likenesses(heard, whole))
        bad, total = bad + sum(likeness < 0.5 for likeness in found), total + len(found)
        assert one.sitting.stand.starved == 0
    assert bad / total < 0.002, (bad, total, dropped)


def _native() -> object:
    from speaker.live import opus

    return opus._library()


def test_the_path_keeps_the_order_and_loses_only_what_it_may() -> None:
    """Down: delayed, in order, some lost. Up: delayed, nothing lost."""

    async def story() -> None:
        up = bytearray()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for number in range(300):
                writer.write(codec.publish("t", b"batch %d" % number))
            writer.write(codec.publish("t", b"keep"))
            await writer.drain()
            while data := await reader.read(100):
                up.extend(data)
            await hung_up(writer)

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        way = Way(Delay(0.05, 0.05), loss=0.2, drops=lambda payload: payload.startswith(b"batch"))
        async with Mqtt(server.sockets[0].getsockname()[1], way, seed=3) as path:
            reader, writer = await asyncio.open_connection("127.0.0.1", path.port)
            parser, found = codec.Parser(), []
            begun = asyncio.get_running_loop().time()
            while b"keep" not in found:
                found += [codec.read_publish(packet).payload for packet in parser.feed(await reader.read(1 << 16))]
            assert 0.0 < asyncio.get_running_loop().time() - begun < 5
            numbers = [int(payload.split()[1]) for payload in found[:-1]]
            assert numbers == sorted(numbers)
            assert 300 - len(numbers) == path.dropped
            assert 30 < path.dropped < 90
            for _ in range(5):
                writer.write(codec.publish("u", b"x" * 10))
            await until(lambda: len(up) == 5 * len(codec.publish("u", b"x" * 10)))
            await hung_up(writer)
        server.close()
        await asyncio.sleep(0.1)

    asyncio.run(story())


def test_a_loudspeaker_sounds_a_voice_over_a_bad_line(tmp_path: Path) -> None:
    """The whole agent, its MQTT line behind the path."""

    async def story() -> None:
        with Platform() as platform:
            ready(platform)
            enrolled(platform, tmp_path)
            async with Mqtt(int(platform.engine_url.rsplit(":", 1)[1]), BAD, seed=11) as path:
                straight, platform.engine_url = platform.engine_url, f"mqtt://127.0.0.1:{path.port}"
                config = config_of(platform, tmp_path)
                platform.engine_url = straight
                async with awake(config) as agent:
                    await settled(agent)
                    voice = Voice(now_ms() + 800, seconds=4.0)
                    while not agent.live.sitting(voice.id):
                        platform.send(voice.certificate())
                        await asyncio.sleep(0.1)
                    sitting = agent.live.sitting(voice.id)
                    assert sitting is not None
                    await voice.speak(platform.send)
                    platform.send(voice.ending(voice.start + 4_000))
                    await until(lambda: agent.live.sitting(voice.id) is None)
                    assert sitting.stand.starved <= BLOCK * 2
                    assert sitting.stand.rendered >= 3.7 * 48_000

    asyncio.run(story())


@pytest.mark.parametrize("kind", [Native, Plain])
def test_what_never_came_is_concealed_and_falls(kind: type) -> None:
    """The codec's own way, and ours where its library is out of reach: neither clicks nor goes on for ever."""
    decoder = kind(_native()) if kind is Native else kind()
    every = packets("lan", 4.0)
    said = np.concatenate([decoder.decode(packet) for packet in every[:50]])
    assert np.abs(said).max() > 3_000
    guessed = [decoder.lost() for _ in range(3)]
    assert np.abs(guessed[0]).max() > 100
    assert len(decoder.decode(b"\xff\xff\x00 no opus")) == PACKET
    after = np.concatenate([decoder.decode(packet) for packet in every[50:60]])
    assert np.corrcoef(after[4 * PACKET :], speech("lan", 4.0)[54 * PACKET - 312 : 60 * PACKET - 312])[0, 1] > 0.5


def test_a_long_gap_falls_to_nothing_within_a_batch() -> None:
    every, track = packets("lan", 4.0), Track()
    track.take(Batch("ab" * 16, 0, 10_000_000, every[:10]), missed=False)
    track.take(Batch("ab" * 16, 5, 11_000_000, every[50:60]), missed=True)
    gap = track.read(track.begin + 10 * PACKET, 40 * PACKET)[0].astype(int)
    assert np.abs(gap[:PACKET]).max() > 100
    assert not gap[10 * PACKET :].any()
    assert np.abs(np.diff(gap[4 * PACKET :])).max() < 4_000
    assert (track.came, track.lost) == (20, 40)
