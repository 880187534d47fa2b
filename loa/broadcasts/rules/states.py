"""The way of a schedule: which step leads where. Pure."""

from collections.abc import Mapping

DRAFT = "draft"
SUBMITTED = "submitted"
APPROVED = "approved"
RETURNED = "returned"
ENDED = "ended"

_STEPS: Mapping[tuple[str, str], str] = {
    (DRAFT, "change"): DRAFT,
    (DRAFT, "submit"): SUBMITTED,
    (DRAFT, "end"): ENDED,
    (SUBMITTED, "recall"): DRAFT,
    (SUBMITTED, "approve"): APPROVED,
    (SUBMITTED, "return"): RETURNED,
    (SUBMITTED, "end"): ENDED,
    (RETURNED, "change"): RETURNED,
    (RETURNED, "submit"): SUBMITTED,
    (RETURNED, "end"): ENDED,
    (APPROVED, "drop"): APPROVED,
    (APPROVED, "end"): ENDED,
}
_NOW = {
    DRAFT: "đang là bản nháp",
    SUBMITTED: "đang chờ duyệt",
    APPROVED: "đã được duyệt",
    RETURNED: "đã bị trả lại",
    ENDED: "đã thôi phát",
}


def after(state: str, step: str) -> str | None:
    """The state that `step` leads to; None if it may not be taken from here."""
    return _STEPS.get((state, step))


def in_words(state: str) -> str:
    """What the state is, as it stands in a sentence: "Lịch phát này ..."."""
    return _NOW[state]
