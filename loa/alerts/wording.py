"""The words of an alert: texts with blanks, who issues it, where it comes from, and that an exercise is one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from loa.kernel.errors import Invalid
from loa.media import rules as media
from loa.media.blocks import prompts

FILE = Path(__file__).parent / "data" / "templates.yaml"
ANY = "*"
MOST_TEXT = 600


@dataclass(frozen=True, slots=True)
class Template:
    """A text for `event` ("*" = any kind); blanks stand in square brackets. `key` names it on pages."""

    key: str
    event: str
    name: str
    language: str
    text: str

    @property
    def blanks(self) -> tuple[prompts.Blank, ...]:
        """What has to be filled in, in order."""
        return tuple(part for part in prompts.taken_apart(self.text) if isinstance(part, prompts.Blank))


@lru_cache(maxsize=1)
def ready() -> tuple[Template, ...]:
    """Those that every area has."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(
        Template(f"n{number}", row["event"], row["name"], row["language"], row["text"])
        for number, row in enumerate(rows)
    )


def fitting(templates: Sequence[Template], event: str, language: str) -> list[Template]:
    """Those for this kind in this language, its own before those for any."""
    fits = [one for one in templates if one.event in (event, ANY) and one.language == language]
    return sorted(fits, key=lambda one: one.event == ANY)


def check(text: str) -> None:
    """A text that somebody keeps. Invalid `template`."""
    try:
        prompts.checked("x", text)
    except media.Unfit as verdict:
        raise Invalid(verdict.message, code="template") from verdict


def filled(template: Template, values: Sequence[str]) -> str:
    """The text without blanks. Invalid `blank` names the one that is empty."""
    left, found = list(values), []
    for part in prompts.taken_apart(template.text):
        if isinstance(part, str):
            found.append(part)
            continue
        value = " ".join((left.pop(0) if left else "").split())
        if not value:
            raise Invalid(f"Hãy điền chỗ trống “{part.label}”.", code="blank")
        found.append(value)
    return "".join(found)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a text in one language."""

    actual: str
    exercise: str
    exercise_end: str
    test: str
    issuer: str
    source: str
    late: str


FRAMES: Mapping[str, Frame] = {
    "vi": Frame(
        actual="Cảnh báo khẩn cấp.",
        exercise="ĐÂY LÀ DIỄN TẬP, không phải cảnh báo thực.",
        exercise_end="Nhắc lại: ĐÂY LÀ DIỄN TẬP.",
        test="ĐÂY LÀ KIỂM TRA đường truyền, loa không phát tiếng.",
        issuer="{issuer} thông báo.",
        source="Theo tin của {source}.",
        late="Cảnh báo này phát lúc {time}.",
    ),
    "en": Frame(
        actual="Emergency warning.",
        exercise="THIS IS AN EXERCISE, not a real warning.",
        exercise_end="Again: THIS IS AN EXERCISE.",
        test="THIS IS A TEST of the line; no loudspeaker sounds.",
        issuer="Issued by {issuer}.",
        source="Source: {source}.",
        late="This warning was issued at {time}.",
    ),
}


def spoken(text: str, *, status: str, issuer: str, source: str = "", language: str = "vi") -> str:
    """All that is read aloud: what it is, who says so, from where it is known, the text; an exercise says so twice."""
    frame = FRAMES.get(language, FRAMES["vi"])
    begin = {"exercise": frame.exercise, "test": frame.test}.get(status, frame.actual)
    parts = [begin, frame.issuer.format(issuer=issuer) if issuer else ""]
    parts += [frame.source.format(source=source.rstrip(". ")) if source else "", text]
    parts += [frame.exercise_end if status == "exercise" else ""]
    return " ".join(part for part in parts if part)


def cancel_text(*, kind: str, event: str, status: str) -> str:
    """What is read when an alert is taken back (it was wrong) or is over. Spoken beforehand, so that it is as fast as
    the alert; so it says neither time nor reason.
    """
    what = f"Cảnh báo {event.lower()} vừa phát"
    if kind == "cancel":
        told = f"{what} đã được hủy. Bà con không phải thực hiện theo cảnh báo đó."
    else:
        told = f"{what} đã kết thúc. Bà con trở lại sinh hoạt bình thường và tiếp tục theo dõi tin trên loa."
    return spoken(told, status=status, issuer="") if status != "actual" else told


def title_of(status: str, event: str, risk: int = 0) -> str:
    """A headline that cannot be taken for another: "DIỄN TẬP: Lũ, rủi ro cấp 3"."""
    what = f"{event}, rủi ro cấp {risk}" if risk else event
    return {"exercise": f"DIỄN TẬP: {what}", "test": f"KIỂM TRA: {what}"}.get(
        status, f"Cảnh báo {what[:1].lower()}{what[1:]}"
    )
