"""`loa read`: how a text will be spoken, by which rules; for people, or line by line for programs.

Straight on the rules of reading: no Django, no database, so that it starts at once.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, BinaryIO

from loa.media import rules
from loa.media.reading.names import name
from loa.media.reading.read import Reading, read

WIDEST = 34


def run(chosen: Namespace) -> int:
    """Returns the exit code."""
    try:
        if chosen.jsonl:
            stream(sys.stdin.buffer, sys.stdout.buffer)
        else:
            return _tell(chosen.text if chosen.text is not None else sys.stdin.read())
    except BrokenPipeError:
        sys.stderr.close()  # whoever listened has heard enough
    return 0


def _tell(text: str) -> int:
    try:
        rules.check_text(text)
    except rules.Unfit as verdict:
        print(verdict.message, file=sys.stderr)
        return 2
    print(told(read(text)))
    return 0


def stream(lines: Iterable[bytes], answers: BinaryIO) -> None:
    """One answer for each line, at once; a bad line gets {"error": code} and the next one is read."""
    for line in lines:
        answer = json.dumps(answer_to(line), ensure_ascii=False)
        answers.write(answer.encode("utf-8", "backslashreplace") + b"\n")
        answers.flush()


def answer_to(line: bytes) -> dict[str, Any]:
    """{"spoken", "changes"}, or {"error"}: not_utf8, not_json, not_an_object, no_text, text_too_long."""
    try:
        asked = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return {"error": "not_utf8"}
    except (ValueError, RecursionError):
        return {"error": "not_json"}
    if not isinstance(asked, dict):
        return {"error": "not_an_object"}
    text = asked.get("text")
    if not isinstance(text, str):
        return {"error": "no_text"}
    if len(text) > rules.MAX_TEXT_CHARACTERS:
        return {"error": "text_too_long"}
    reading = read(text)
    return {"spoken": reading.spoken, "changes": [asdict(change) for change in reading.changes]}


def told(reading: Reading) -> str:
    """For the screen: the spoken text, then what is read otherwise than written; "?" marks what to listen to."""
    lines = [reading.spoken]
    seen = dict.fromkeys((change.written, change.spoken, change.rule, change.sure) for change in reading.changes)
    if seen:
        lines += ["", *(_row(*one) for one in seen)]
    unsure = len({(change.written, change.spoken) for change in reading.unsure})
    if unsure:
        lines += ["", f"{unsure} chỗ máy chưa chắc (đánh dấu ?), hãy nghe lại."]
    if any(finding.code == "legacy_encoding" for finding in reading.found):
        lines += ["", "Chữ có vẻ gõ bằng mã cũ (TCVN3 hoặc VNI), cần đổi sang Unicode trước khi đọc."]
    return "\n".join(lines)


def _row(written: str, spoken: str, rule: str, sure: bool) -> str:
    shown = " ".join(written.split()) or repr(written)[1:-1]
    shown = shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"
    mark = " " if sure else "?"
    return f"{mark} {shown:<{WIDEST}}  {spoken.strip() or '(không đọc)'}  [{name(rule)}]"
