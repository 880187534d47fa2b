"""The drawn tree of errors. Domains raise these; only the edges (web, api, tasks, management) catch them."""

from collections.abc import Mapping


class LoaError(Exception):
    """Base of every error that a person or a program outside may be told of.

    `code` is stable and machine-readable, `message` is complete Vietnamese for the screen (it names the rule, the place
    and the time, and what to do), `facts` are the values behind it.
    """

    code = "error"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.facts = dict(facts or {})


class NotFound(LoaError):
    """There is no such thing, or not for this user: the two are never told apart."""

    code = "not_found"
    status = 404

    def __init__(self, message: str = "Không tìm thấy, hoặc anh/chị không có quyền xem.") -> None:
        super().__init__(message)


class Denied(LoaError):
    """The user may see it, but not do this."""

    code = "denied"
    status = 403


class Invalid(LoaError):
    """The input is not usable; nothing was changed."""

    code = "invalid"
    status = 422


class Refusal(LoaError):
    """A rule refuses; the code is the rule's reason, the message names rule, place, time and the way out."""

    code = "refused"
    status = 409


class Unavailable(LoaError):
    """A part of the system is away just now; trying again later is right."""

    code = "unavailable"
    status = 503
