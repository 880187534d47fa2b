"""The voice of an alert as one message of the engine: a short head, then the sound.

Not signed: the signed alert names the SHA-256 of the sound, and a device takes only what it was told to expect.
"""

import hashlib

from devicelink.limits import MAX_VOICE_BYTES
from devicelink.refusals import Reason, Refused

HEAD = b"LOAV\x01"


def pack(sound: bytes) -> bytes:
    """The frame that carries this Ogg/Opus file. ValueError when it is empty or longer than a voice may be."""
    if not 0 < len(sound) <= MAX_VOICE_BYTES:
        raise ValueError(f"a voice of {len(sound)} bytes")
    return HEAD + sound


def is_voice(payload: bytes) -> bool:
    """True for what `pack` made; a JWS never begins so."""
    return payload.startswith(HEAD)


def unpack(payload: bytes) -> tuple[str, bytes]:
    """(SHA-256 in hex, sound). Refused with malformed or too_large."""
    sound = payload[len(HEAD) :]
    if not is_voice(payload) or not sound:
        raise Refused(Reason.MALFORMED, "no voice frame")
    if len(sound) > MAX_VOICE_BYTES:
        raise Refused(Reason.TOO_LARGE, f"a voice of {len(sound)} bytes")
    return hashlib.sha256(sound).hexdigest(), sound
