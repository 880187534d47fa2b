"""The words in which alerts leave the platform for telephones and programs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

CANCEL, END, UPDATE = "cancel", "end", "update"
_FIRST = {CANCEL: "HỦY CẢNH BÁO", END: "KẾT THÚC CẢNH BÁO", UPDATE: "CẬP NHẬT CẢNH BÁO"}
_USUAL = {
    CANCEL: "Cảnh báo đã phát không còn đúng. Bà con không làm theo cảnh báo đó nữa.",
    END: "Tình huống của cảnh báo đã qua.",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Title and text of one message; `short` for telephones."""

    title: str
    text: str
    short: str


def told(kind: str, headline: str, said: Sequence[str], place: str) -> Words:
    """What is told of an alert, or of what ends one: `headline` of the alert, `said` the texts it was spoken with."""
    first = _FIRST.get(kind, "CẢNH BÁO")
    title = f"{first}: {headline}" if headline else first
    texts = list(dict.fromkeys(text.strip() for text in said if text.strip())) or [_USUAL.get(kind, "")]
    text = "\n".join((f"{title} ({place}).", *texts)).strip()
    return Words(title, text, " ".join((f"{title}.", texts[0])).strip())


def asked(headline: str, place: str, author: str, address: str, *, again: bool) -> Words:
    """A confirmer is needed, now."""
    title = f"Chờ xác nhận cảnh báo: {headline}"
    first = "VẪN CHỜ XÁC NHẬN" if again else "CHỜ XÁC NHẬN"
    text = f"{first}: “{headline}”, {place}, do {author} soạn. Loa chưa phát. Mở {address} để xem và xác nhận."
    return Words(title, text, text)
