"""Writes docs/device-protocol.md from the types, their docstrings and the prose: `python -m devicelink.document`."""

import inspect
import re
from pathlib import Path
from typing import Any

import msgspec

from devicelink import (
    batches,
    freshness,
    jws,
    limits,
    messages,
    proofs,
    refusals,
    schema,
    selftests,
    tokens,
    updates,
    voices,
)
from devicelink.golden import files
from devicelink.golden.case import MessageCase
from devicelink.messages import ANSWERS, DOWNWARD, EVENTS, ROLE_OF, STATES, UPWARD, Message

PROSE = Path(__file__).resolve().parent / "prose"
PAGE = Path(__file__).resolve().parents[4] / "docs" / "device-protocol.md"
ORDER = (
    "introduction",
    "connection",
    "envelope",
    "freshness",
    "MESSAGES",
    "sounding",
    "alerts",
    "live",
    "life",
    "vectors",
)

NUMBERS = (
    (limits, "MAX_MESSAGE_BYTES"),
    (limits, "MAX_PLAN_BYTES"),
    (limits, "MAX_PLAN_BYTES_ONE_CLUSTER"),
    (limits, "MAX_PLAN_AIRINGS"),
    (limits, "MAX_EVENT_LIFE_MS"),
    (limits, "MAX_HOLD_MS"),
    (limits, "MAX_PLAN_MS"),
    (limits, "MAX_INSTANT_MS"),
    (limits, "MAX_WHEELS"),
    (limits, "MAX_RELEASE_BYTES"),
    (limits, "MAX_RELEASE_LIFE_MS"),
    (limits, "MAX_LOG_LINES"),
    (limits, "MAX_LOG_BYTES"),
    (limits, "MAX_ALERT_BYTES"),
    (limits, "MAX_VOICE_BYTES"),
    (limits, "MAX_VOICE_MS"),
    (limits, "MAX_TARGETS"),
    (limits, "MAX_SOUNDS"),
    (limits, "MAX_HEADLINE"),
    (limits, "MAX_PLACES"),
    (limits, "MAX_RING"),
    (limits, "MAX_RADIUS_M"),
    (limits, "MIN_REPEAT_MS"),
    (limits, "MAX_KEEP_MS"),
    (limits, "MAX_SESSION_MS"),
    (limits, "MIN_BUFFER_MS"),
    (limits, "MAX_BUFFER_MS"),
    (batches, "MAX_PACKET"),
    (limits, "MAX_LOGIN_TOKEN_MS"),
    (freshness, "TIME_BOUND_MS"),
    (freshness, "TOLERANCE_MS"),
    (freshness, "EVENT_MEMORY_MS"),
    (freshness, "MAX_REVISION"),
    (proofs, "MAX_ROWS"),
    (tokens, "TOLERANCE_S"),
)


def page() -> str:
    """The whole page."""
    facts = _facts()
    parts = [_messages() if name == "MESSAGES" else _prose(name).format_map(facts).strip() for name in ORDER]
    return "\n\n".join(parts) + "\n"


def write(path: Path = PAGE) -> Path:
    """(Re)write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(), encoding="utf-8")
    return path


def _facts() -> dict[str, str]:
    return {
        "version": str(limits.PROTOCOL_VERSION),
        "one_cluster": f"{limits.MAX_PLAN_BYTES_ONE_CLUSTER:,}",
        "plan": f"{limits.MAX_PLAN_BYTES:,}",
        "rows": f"{proofs.MAX_ROWS:,}",
        "tokens": _doc(tokens),
        "jws": _doc(jws),
        "proofs": _doc(proofs),
        "selftests": _doc(selftests),
        "voices": _doc(voices),
        "batches": _doc(batches),
        "batch_most": f"{batches.MOST:,}",
        "reasons": "\n".join(_reason(number, reason) for number, reason in enumerate(refusals.Reason, start=1)),
        "vectors": "\n".join(_vector_row(path) for path in sorted(files.FOLDER.glob("*.json"))),
        "schemas": ", ".join(f"`{name}`" for name in schema.contents()),
        "steps": "\n".join(f"| `{step}` | {updates.MEANING[step]} |" for step in updates.Step),
        "numbers": "\n".join(f"| `{name}` | {getattr(module, name):,} |" for module, name in NUMBERS),
    }


def _messages() -> str:
    groups = (
        ("States", STATES),
        ("Events", EVENTS),
        ("Answers", ANSWERS),
        ("Upward", tuple(UPWARD.values())),
        ("Parts of messages", _parts()),
    )
    sections = ["## Messages", "A field without default must be there. Defaults hold for fields left out."]
    for title, kinds in groups:
        sections.append(f"### {title}")
        sections += [_section(kind) for kind in kinds]
    return "\n\n".join(sections)


def _section(kind: type[msgspec.Struct]) -> str:
    name = f"`{kind.typ}` ({kind.__name__})" if issubclass(kind, Message) else f"`{kind.__name__}`"
    rows = [_field(field) for field in msgspec.structs.fields(kind)]
    table = ["| field | type | default |", "|---|---|---|", *rows]
    return "\n".join([f"#### {name}", "", _doc(kind), *_signer(kind), "", *table])


def _signer(kind: type[msgspec.Struct]) -> list[str]:
    if kind not in DOWNWARD.values():
        return []
    role = ROLE_OF[kind]  # type: ignore[index]
    return ["", f"Signed by: {f'a key of the role `{role}`' if role else 'the root'}."]


def _field(field: msgspec.structs.FieldInfo) -> str:
    return f"| `{field.encode_name}` | {_type(field.type)} | {_default(field)} |"


def _type(kind: Any) -> str:
    """The type in words a reader of any language understands."""
    text = re.sub(r"devicelink\.messages\.\w+\.", "", inspect.formatannotation(kind))
    text = re.sub(r"tuple\[(.+), \.\.\.\]", r"list of \1", text)
    text = re.sub(r"typing\.Literal\[(.+)\]", lambda found: found[1].replace("'", '"').replace(", ", " / "), text)
    words = {"str": "string", "int": "integer", "bool": "boolean", "float": "number", "None": "null"}
    return re.sub(r"\b(str|int|bool|float|None)\b", lambda found: words[found[1]], text).replace("|", "or")


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return f"`{msgspec.json.encode(value).decode()}`"


def _parts() -> tuple[type[msgspec.Struct], ...]:
    """Structures used inside messages, in the order of their modules."""
    modules = (
        messages.base,
        messages.where,
        messages.states,
        messages.plans,
        messages.alerts,
        messages.releases,
        messages.telling,
        messages.upward,
    )
    return tuple(
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and not issubclass(kind, Message)
        if kind.__module__ == module.__name__
    )


def _reason(number: int, reason: refusals.Reason) -> str:
    return f"| {number} | `{reason}` | {refusals.MEANING[reason]} |"


def _vector_row(path: Path) -> str:
    kind = files.KINDS[path.stem]
    verdicts = [getattr(case, "verdict") for case in files.load(path.stem, kind)]  # noqa: B009 - any kind of case
    refused = sum(verdict not in ("ok", "repeat") for verdict in verdicts)
    what = "messages" if kind is MessageCase else path.stem
    return f"| `{path.name}` ({what}) | {len(verdicts)} | {refused} |"


def _prose(name: str) -> str:
    return (PROSE / f"{name}.md").read_text(encoding="utf-8")


def _doc(thing: object) -> str:
    return inspect.getdoc(thing) or ""


if __name__ == "__main__":
    print(write())
