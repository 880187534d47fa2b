"""Reading any file somebody sends as 48 kHz mono float samples. Runs only in the limited child process."""

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.filter
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from loa.media import rules

RATE = 48_000
BLOCK = 48  # one millisecond
Samples = np.ndarray[tuple[int], np.dtype[np.float32]]
Sides = np.ndarray[tuple[int, int], np.dtype[np.float32]]
Listen = Callable[[Sides, int], None]  # told about each second as it was sent, at its own rate

# Demuxers of sound and of video with sound. Not in the list: playlists (HLS, concat, DASH), which would make the server
# open other files and addresses, and image formats.
FORMATS = "mp3,wav,w64,aiff,flac,ogg,aac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,amr,caf,asf,avi,mpegts"
# Decoders of sound only: a picture or a film inside the file is never decoded.
CODECS = (
    "mp3float,mp3,mp2float,mp2,aac,aac_latm,flac,alac,vorbis,libvorbis,opus,libopus,amrnb,amrwb,wmav1,wmav2,wmapro,ac3,eac3,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_u8,pcm_s8,"
    "pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"
)
RUMBLE_HZ = 40  # below it no horn sounds: only a cheap sound card's offset, wind and the hum of a table
CANCELLED = 0.125  # 9 dB: the middle of honest stereo is at most 3 dB weaker than its sides
DEAD = 0.01  # 20 dB: no microphone of a pair is so much weaker
LOUDEST = 8.0  # float files may hold any number; +18 dBFS is beyond every recording
MAX_DAMAGED_SHARE = 0.02
# How files of sound and film begin (at byte 0, or 4 for the MP4 family): what begins so and cannot be opened is broken,
# anything else is something else.
MAGIC = (b"RIFF", b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"FORM", b"\xff\xfb", b"\xff\xf1")
MAGIC_AT_4 = (b"ftyp", b"moov", b"mdat")
LARGEST_OGG_PAGE = 65_307
RIFF_OF_UNKNOWN_LENGTH = (0, *range(0x7FFFFFD0, 0x80000000), *range(0xFFFFFF00, 0x100000000))
FIRST_FRAME = 64  # bytes: where Xing and LAME count the frames of an MP3


class Reader:
    """One pass over the first sound track of a file; after it `milliseconds` is what was really decoded.

    Stereo becomes the middle of both sides, or the one `side` (0 or 1) that is asked for.
    """

    def __init__(self, path: Path, side: int | None = None, listen: Listen | None = None) -> None:
        """Raises rules.Unfit: not_sound, damaged, no_sound_track, odd_format, too_long (by the file's own claim)."""
        if _ends_within_a_page(path):
            raise rules.Unfit("damaged")
        self.container = _open(path)
        self.stream = _sound_track(self.container)
        rules.check_stream(self.stream.codec_context.channels, self.stream.codec_context.sample_rate)
        self.declared_ms = _declared_ms(self.container, self.stream, path)
        self._exact = _counts_samples(path)
        if self.declared_ms is not None and self.declared_ms > rules.MAX_SOUND_MS * 1.02:
            raise rules.Unfit("too_long")
        self._side = side
        self._listen = listen
        self._samples = 0
        self._powers = np.zeros(3)  # left, right, middle
        self._steady = SteadyLevel()

    @property
    def milliseconds(self) -> int:
        """Length of what came out so far."""
        return self._samples * 1000 // RATE

    def side_to_keep(self) -> int | None:
        """After the pass: the louder side of stereo with a crossed cable or with a dead side that hisses, else None."""
        left, right, middle = self._powers
        weaker, stronger = sorted((left, right))
        hissing = 0 < weaker < stronger * DEAD
        if middle >= CANCELLED * (left + right) / 2 and not hissing:
            return None
        return 0 if left >= right else 1

    def seconds(self) -> Iterator[Samples]:
        """The sound in pieces of one second, the last one shorter but whole milliseconds (padded with silence).

        Raises rules.Unfit: damaged, truncated, too_long, too_short.
        """
        waiting: list[Samples] = []
        held = 0
        for piece in self._pieces():
            waiting.append(piece)
            held += len(piece)
            if held >= RATE:
                joined = np.concatenate(waiting)
                whole = held // RATE * RATE
                yield from np.split(joined[:whole], whole // RATE)
                waiting, held = [joined[whole:]], held - whole
        if held:
            yield np.pad(np.concatenate(waiting), (0, -held % BLOCK))
        rules.check_duration(self.milliseconds)
        rules.check_whole(self.milliseconds, self.declared_ms, exact=self._exact)

    def _pieces(self) -> Iterator[Samples]:
        resampler: av.AudioResampler | None = None
        kind: object = None
        for frame in self._raw():
            if (frame.layout.name, frame.sample_rate) != kind:
                yield from self._mono(resampler.resample(None) if resampler else [])
                kind = (frame.layout.name, frame.sample_rate)
                resampler = one_second_pieces(frame.layout.name)
            assert resampler is not None
            yield from self._mono(resampler.resample(frame))
        yield from self._mono(resampler.resample(None) if resampler else [])

    def _raw(self) -> Iterator[av.AudioFrame]:
        """Seconds at the file's own rate, one or two sides, without what is not a number."""
        gatherer: av.AudioResampler | None = None
        kind: object = None
        for frame in self._frames():
            if (frame.format.name, frame.layout.name, frame.sample_rate) != kind:
                yield from self._finite(gatherer.resample(None) if gatherer else [])
                kind = (frame.format.name, frame.layout.name, frame.sample_rate)
                rules.check_stream(frame.layout.nb_channels, frame.sample_rate)
                layout = "stereo" if frame.layout.nb_channels == 2 else "mono"
                gatherer = one_second_pieces(layout, frame.sample_rate)
            frame.pts = None
            assert gatherer is not None
            yield from self._finite(gatherer.resample(frame))
        yield from self._finite(gatherer.resample(None) if gatherer else [])

    def _finite(self, frames: list[av.AudioFrame]) -> Iterator[av.AudioFrame]:
        for sent in frames:
            frame, sides = sent, cast(Sides, sent.to_ndarray())
            if not np.abs(sides).max(initial=0.0) <= LOUDEST:  # also true for what is not a number
                np.nan_to_num(sides, copy=False, nan=0.0, posinf=LOUDEST, neginf=-LOUDEST)
                np.clip(sides, -LOUDEST, LOUDEST, out=sides)
                frame = _frame(sides, sent)
            if self._listen:
                self._listen(sides, frame.sample_rate)
            frame.pts = None
            yield frame

    def _mono(self, frames: list[av.AudioFrame]) -> Iterator[Samples]:
        for frame in frames:
            sides = frame.to_ndarray()
            self._samples += sides.shape[1]
            if self._samples > rules.MAX_SOUND_MS * BLOCK:
                raise rules.Unfit("too_long")
            yield self._steady.of(sides[0] if len(sides) == 1 else self._mixed(*sides))

    def _mixed(self, left: Samples, right: Samples) -> Samples:
        middle: Samples = (left + right) * np.float32(0.5)
        self._powers += [float(np.dot(part, part)) for part in (left, right, middle)]
        return middle if self._side is None else (left, right)[self._side]

    def _frames(self) -> Iterator[av.AudioFrame]:
        packets = damaged = 0
        for packet in _until_broken(self.container.demux(self.stream)):
            packets += 1
            try:
                yield from packet.decode()
            except av.error.MemoryError:
                raise
            except (av.FFmpegError, ValueError):
                damaged += 1
        if packets == 0 or damaged > 3 + packets * MAX_DAMAGED_SHARE:
            raise rules.Unfit("damaged")


class SteadyLevel:
    """Takes away what is too low to be heard; a constant offset would eat the room that loudness needs."""

    def __init__(self) -> None:
        self._graph = av.filter.Graph()
        self._graph.link_nodes(
            self._graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono", time_base=Fraction(1, RATE)),
            self._graph.add("highpass", f"f={RUMBLE_HZ}"),
            self._graph.add("abuffersink"),
        ).configure()
        self._offset: np.float32 | None = None
        self._at = 0

    def of(self, piece: Samples) -> Samples:
        """The next piece, just as long."""
        if self._offset is None:
            self._offset = piece.mean()  # else the filter would begin with a thump
        frame = av.AudioFrame.from_ndarray((piece - self._offset)[None, :], format="flt", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._at
        self._at += len(piece)
        self._graph.push(frame)
        steady: Samples = self._graph.pull().to_ndarray()[0]
        return steady


def one_second_pieces(layout: str = "mono", rate: int = RATE) -> av.AudioResampler:
    """A resampler that gives few large frames: a call for each packet would cost more than the work."""
    return av.AudioResampler(format="fltp", layout=layout, rate=rate, frame_size=rate)


def _frame(sides: Sides, like: av.AudioFrame) -> av.AudioFrame:
    """Other samples in a frame of the same kind."""
    frame = av.AudioFrame.from_ndarray(sides, format="fltp", layout=like.layout.name)
    frame.sample_rate = like.sample_rate
    return frame


def _open(path: Path) -> InputContainer:
    options = {"format_whitelist": FORMATS, "codec_whitelist": CODECS, "protocol_whitelist": "file"}
    try:
        # Tags in old Vietnamese encodings are no reason to refuse a sound.
        return av.open(str(path), "r", options=options, metadata_errors="ignore")
    except (av.error.MemoryError, av.error.FileNotFoundError):
        raise
    except (av.FFmpegError, ValueError) as error:
        raise rules.Unfit("damaged" if _begins_like_sound(path) else "not_sound") from error


def _begins_like_sound(path: Path) -> bool:
    head = _head(path)
    return head.startswith(MAGIC) or head[4:].startswith(MAGIC_AT_4)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(12)


def _sound_track(container: InputContainer) -> AudioStream:
    if container.streams.audio:
        track: AudioStream = container.streams.audio[0]
        if track.codec_context is None or not track.codec_context.sample_rate or not track.codec_context.channels:
            raise rules.Unfit("not_sound")
        return track
    raise rules.Unfit("no_sound_track" if container.streams.video else "not_sound")


def _declared_ms(container: InputContainer, stream: AudioStream, path: Path) -> int | None:
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base) * 1000 * _cut_off(path))
    return int(container.duration / 1000) if container.duration else None


def _cut_off(path: Path) -> float:
    """How many times longer a WAV says it is than the file is: FFmpeg quietly believes the file."""
    head, size = _head(path), path.stat().st_size
    declared = int.from_bytes(head[4:8], "little")
    if not head.startswith(b"RIFF") or declared in RIFF_OF_UNKNOWN_LENGTH:
        return 1.0
    return max(1.0, (declared + 8) / size)


def _counts_samples(path: Path) -> bool:
    """Whether the file states its length to the sample or frame: WAV, FLAC, and MP3 with the frame of Xing or LAME."""
    head = _head(path)
    if head.startswith(b"RIFF"):
        return int.from_bytes(head[4:8], "little") not in RIFF_OF_UNKNOWN_LENGTH
    if head.startswith(b"fLaC"):
        return True
    skipped = 0
    if head.startswith(b"ID3"):
        skipped = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    with path.open("rb") as file:
        file.seek(skipped)
        first = file.read(FIRST_FRAME)
    return first[:1] == b"\xff" and (b"Xing" in first or b"Info" in first)


def _ends_within_a_page(path: Path) -> bool:
    """True for an Ogg file that was cut: it names no length, but its last page (RFC 3533) names its own."""
    if not _head(path).startswith(b"OggS"):
        return False
    with path.open("rb") as file:
        file.seek(-min(LARGEST_OGG_PAGE, path.stat().st_size), os.SEEK_END)
        tail = file.read()
    page = tail[max(tail.rfind(b"OggS"), 0) :]
    return len(page) < 27 or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]])


def _until_broken(packets: "Iterator[av.Packet[AudioStream]]") -> "Iterator[av.Packet[AudioStream]]":
    """The packets up to where the container itself cannot be read on; `check_whole` judges what is missing."""
    try:
        yield from packets
    except av.error.MemoryError:
        raise
    except (av.FFmpegError, ValueError):
        return
