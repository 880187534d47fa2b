"""A program of its own: speaks standard input with espeak-ng and writes 16-bit mono samples to standard output.

espeak-ng is under the GPL; it is loaded only here, in a separate process, and nothing of Loa is imported. Started as
`python -I espeak_runner.py LIBRARY DATA VOICE TASK`. TASK is the words a minute, and the first line written is the
sample rate; or it is `phonemes`, and what is written is the pronunciation in IPA, one piece a line.
"""

import ctypes
import sys

SYNCHRONOUS = 2
NO_EXIT = 0x8000
CHARS_UTF8 = 1
PHONEMES_IPA = 2
PARAMETER_RATE = 1
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def main(library: str, data: str, voice: str, task: str) -> int:
    """Exit code 0: all was spoken; 3: the library does not start; 4: it has no such voice; 5: it gave up."""
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(SYNCHRONOUS, 0, data.encode(), NO_EXIT)
    if rate <= 0:
        return 3
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        return 4
    text = sys.stdin.buffer.read() + b"\0"
    return pronounce(espeak, text) if task == "phonemes" else speak(espeak, text, rate, int(task))


def speak(espeak: ctypes.CDLL, text: bytes, rate: int, words_per_minute: int) -> int:
    """Samples to standard output."""
    espeak.espeak_SetParameter(PARAMETER_RATE, words_per_minute, 0)
    out = sys.stdout.buffer
    out.write(f"{rate}\n".encode())

    def take(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object) -> int:
        if samples and count > 0:
            out.write(ctypes.string_at(samples, count * 2))
        return 0

    callback = CALLBACK(take)
    espeak.espeak_SetSynthCallback(callback)
    failed = espeak.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, CHARS_UTF8, None, None)
    failed = failed or espeak.espeak_Synchronize()
    out.flush()
    return 5 if failed else 0


def pronounce(espeak: ctypes.CDLL, text: bytes) -> int:
    """IPA to standard output; the library takes one clause at a time and moves the pointer behind it."""
    espeak.espeak_TextToPhonemes.restype = ctypes.c_char_p
    espeak.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_int]
    held = ctypes.create_string_buffer(text)
    at = ctypes.c_void_p(ctypes.addressof(held))
    while at.value:
        sys.stdout.buffer.write(
            (espeak.espeak_TextToPhonemes(ctypes.byref(at), CHARS_UTF8, PHONEMES_IPA) or b"") + b"\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
