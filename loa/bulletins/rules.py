"""The way of a bulletin: which step leads where, who may approve whom, what an approval covers. Pure."""

from collections.abc import Mapping

DRAFT = "draft"
SUBMITTED = "submitted"
APPROVED = "approved"
RETURNED = "returned"
WITHDRAWN = "withdrawn"

PRIORITIES = ("normal", "priority")


class Refused(Exception):
    """A step that the rules do not allow. `code` is stable, `message` complete Vietnamese."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


# (state, step) -> next state. What is missing here is refused with the reason of `WHY_NOT`.
STEPS: Mapping[tuple[str, str], str] = {
    (DRAFT, "save"): DRAFT,
    (DRAFT, "submit"): SUBMITTED,
    (DRAFT, "withdraw"): WITHDRAWN,
    (SUBMITTED, "recall"): DRAFT,
    (SUBMITTED, "approve"): APPROVED,
    (SUBMITTED, "return"): RETURNED,
    (SUBMITTED, "withdraw"): WITHDRAWN,
    (RETURNED, "save"): RETURNED,
    (RETURNED, "submit"): SUBMITTED,
    (RETURNED, "withdraw"): WITHDRAWN,
    # What is on air stays approved while its next version is written; only the next approval or a withdrawal ends it.
    (APPROVED, "save"): APPROVED,
    (APPROVED, "submit"): SUBMITTED,
    (APPROVED, "approve"): APPROVED,
    (APPROVED, "withdraw"): WITHDRAWN,
}
