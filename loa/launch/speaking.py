"""`loa say`: a text in a voice, into a file; with the stopgap voice it needs nothing but this program."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from loa.launch import beside


def run(asked: argparse.Namespace) -> int:
    """Speak and write; returns the exit code. What is printed says which voice spoke and how the text was read."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    os.environ.update(beside.environ())
    try:
        with _data(asked.voice) as there:
            return _say(asked, there)
    except beside.NoDatabase as error:
        print(f"{error}\nKhông cần dữ liệu nếu dùng: --voice espeak", file=sys.stderr)
        return 1


@contextlib.contextmanager
def _data(voice: str) -> Iterator[bool]:
    """Whether installed voices can be asked for. The stopgap voice needs no database; without a wish none is needed."""
    if voice.partition("/")[0] == "espeak":
        yield False
        return
    with contextlib.ExitStack() as stack:
        there = True
        try:
            stack.enter_context(beside.database(lambda line: print(line, file=sys.stderr)))
        except beside.NoDatabase:
            if voice:
                raise
            there = False
        yield there


def _say(asked: argparse.Namespace, there: bool) -> int:
    import django

    django.setup()
    from loa.kernel.errors import LoaError
    from loa.media import rules
    from loa.media.pipeline import run
    from loa.media.reading.read import read
    from loa.media.voices import registry, warm

    text = sys.stdin.read() if asked.text == "-" else asked.text
    try:
        rules.check_text(text)
        reading = read(text)
        choice = registry.choice_of(asked.voice or _first(there), asked.dialect)
        spoken = _into(Path(asked.file), reading.spoken, choice, asked)
    except (rules.Unfit, LoaError) as refused:
        print(refused.message, file=sys.stderr)
        return 1
    except run.IngestFailed:
        print(f"Không tạo được {asked.file}: máy này hết chỗ, hoặc bộ mã hóa hỏng. Hãy thử đuôi .wav.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Không ghi được tệp {asked.file}: {error.strerror}", file=sys.stderr)
        return 1
    finally:
        warm.stop_all()
    print(f"Đọc là: {reading.spoken}")
    for change in reading.changes:
        print(f"  {change.written} → {change.spoken}{'' if change.sure else '   (chưa chắc, hãy nghe lại)'}")
    print(f"Giọng: {', '.join(dict.fromkeys(spoken))}")
    if set(spoken) != {choice}:
        print(
            f"Giọng {choice} không trả lời ở {sum(one != choice for one in spoken)}/{len(spoken)} câu.", file=sys.stderr
        )
    return 0


def _first(there: bool) -> str:
    from loa.media.voices import registry

    return (registry.voices("vi")[0] if there else registry.FALLBACK).id


def _into(target: Path, spoken: str, choice: str, asked: argparse.Namespace) -> list[str]:
    """Write the file; the voices that spoke, sentence by sentence. An .ogg is what loudspeakers would get."""
    from django.conf import settings

    from loa.media.pipeline import run as pipeline
    from loa.media.speech import clips, speaking

    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        kept = clips.Clips((settings.MEDIA_ROOT if settings.MEDIA_ROOT.is_dir() else workspace) / clips.FOLDER)
        wav = workspace / "speech.wav"
        placed = speaking.speak(spoken, choice, asked.speed, wav, lambda _: True, pauses=asked.pauses, kept=kept)
        if target.suffix == ".ogg":
            pipeline.normalise_in_child(wav, workspace, lambda _: True)
            wav = workspace / "rendition.ogg"
        target.write_bytes(wav.read_bytes())
    return [one.voice for one in placed or []]
