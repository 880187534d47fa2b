"""The sounds of alerts, on the gateway's own disk: at the moment of confirmation neither store nor web is asked."""

import hashlib
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from devicelink import voices
from devicelink.limits import MAX_VOICE_BYTES
from devicelink.messages import Alert, Cancel, Voice

from loa.gateway.journal import replace_durably
from loa.kernel.errors import Invalid, Unavailable

MOST_VOICES = 48
MOST_BYTES = 1_500_000


def voices_of(message: Alert | Cancel) -> dict[str, Voice]:
    """Each sound once, by its hash, in the order in which it is named."""
    return {voice.sha256: voice for target in message.targets for voice in target.voices}


class Shelf:
    """A folder. Every method blocks on the disk: call it from a thread."""

    def __init__(self, folder: Path, store: Callable[[str], Path]) -> None:
        self._folder = folder
        self._store = store
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path_of(self, sha256: str) -> Path:
        """Where it lies, or would."""
        return self._folder / sha256

    def fetch(self, wanted: Collection[Voice]) -> None:
        """Take these over from the media store. Invalid when one is not what it says it is."""
        if len(wanted) > MOST_VOICES or sum(voice.size for voice in wanted) > MOST_BYTES:
            raise Invalid(
                "Cảnh báo có quá nhiều lời đọc nên không gửi kịp. Hãy bớt nơi hoặc bớt ngôn ngữ.",
                code="too_many_voices",
            )
        for voice in wanted:
            self._fetch(voice)

    def _fetch(self, voice: Voice) -> None:
        if self.path_of(voice.sha256).exists():
            _check(voice, self.read(voice.sha256))
            return
        sound = _read(self._store, voice.sha256)
        _check(voice, sound)
        self.put(sound)

    def put(self, sound: bytes) -> str:
        """Keep a sound; its hash. Unavailable when the disk does not take it."""
        name = hashlib.sha256(sound).hexdigest()
        try:
            replace_durably(self.path_of(name), sound)
        except OSError as error:
            raise Unavailable(
                "Máy chủ không ghi được lời đọc (đĩa đầy hoặc hỏng) nên chưa gửi được. Hãy gọi người quản trị.",
                code="journal",
            ) from error
        return name

    def read(self, sha256: str) -> bytes:
        """The sound; empty if it is not here."""
        try:
            return self.path_of(sha256).read_bytes()
        except OSError:
            return b""

    def frames(self, message: Alert | Cancel) -> list[bytes]:
        """The voices as they are sent; one that is not here any more is left out, the devices fetch or do without."""
        sounds = (self.read(sha256) for sha256 in voices_of(message))
        return [voices.pack(sound) for sound in sounds if 0 < len(sound) <= MAX_VOICE_BYTES]

    def tidy(self, needed: Iterable[str]) -> None:
        """Drop what no alert needs any more."""
        kept = set(needed)
        for path in self._folder.iterdir():
            if path.name not in kept:
                path.unlink(missing_ok=True)


def _read(store: Callable[[str], Path], sha256: str) -> bytes:
    """At most one byte more than a voice may have, however large the file is."""
    try:
        with store(sha256).open("rb") as file:
            return file.read(MAX_VOICE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Invalid(
            "Không tìm thấy lời đọc của cảnh báo. Hãy nghe lại lời đọc rồi gửi lại.",
            code="voice_missing",
            facts={"sha256": sha256[:64]},
        ) from error


def _check(voice: Voice, sound: bytes) -> None:
    if len(sound) > MAX_VOICE_BYTES:
        raise Invalid("Lời đọc dài quá. Hãy rút gọn còn tối đa 30 giây.", code="voice_too_large")
    if hashlib.sha256(sound).hexdigest() != voice.sha256 or len(sound) != voice.size:
        raise Invalid("Lời đọc không còn đúng bản đã nghe. Hãy nghe lại rồi gửi lại.", code="voice_wrong")
