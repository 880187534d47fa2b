"""Sends the letters that wait: at least once, tried again for a while, never in anybody's way."""

import logging
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q

from loa.notifications.models import Letter
from loa.notifications.rules import retry

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200
# Not about this letter but about this installation: somebody may set it right, and the letter goes out all the same.
_ABOUT_US = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPSenderRefused,
)
LONGEST_ROUND = timedelta(seconds=50)  # the next minute goes on


class _Away(Exception):
    """The server itself cannot be reached: the other letters need not be tried now."""


def send_letters(*, clock: Callable[[], datetime]) -> int:
    """Send what is due; returns how many went out. `clock` is asked again for each: a slow server takes its time."""
    began, sent = clock(), 0
    try:
        for _ in range(MOST_AT_ONCE):
            now = clock()
            letter = _claim(now) if now - began < LONGEST_ROUND else None
            if letter is None:
                break
            sent += _send(letter, clock)
    except _Away as away:
        log.warning("letters wait: %s", away)
    return sent


@transaction.atomic
def _claim(now: datetime) -> Letter | None:
    """The next one, held by this process alone. Who dies with one in hand has it taken over after five minutes."""
    free = Q(claimed_at=None) | Q(claimed_at__lte=now - retry.CLAIM_HOLDS)
    rows = Letter.objects.filter(free, state=Letter.State.WAITING, next_at__lte=now)
    letter = rows.select_for_update(skip_locked=True).order_by("-urgent", "next_at").first()
    if letter is None:
        return None
    letter.claimed_at = now
    letter.tries += 1
    letter.save(update_fields=["claimed_at", "tries"])
    return letter


def _send(letter: Letter, clock: Callable[[], datetime]) -> bool:
    if letter.items.exists() and not letter.items.filter(left_at=None).exists() and not letter.overs.exists():
        _end(letter, Letter.State.DROPPED, clock())
        return False
    try:
        _message(letter).send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, answer = next(iter(refused.recipients.values()), (0, b""))
        _failed(letter, clock(), _told(code, answer), final=retry.is_final(code))
    except smtplib.SMTPResponseException as refused:
        about_us = isinstance(refused, _ABOUT_US)
        final = retry.is_final(refused.smtp_code) and not about_us
        _failed(letter, clock(), _told(refused.smtp_code, refused.smtp_error), final=final)
        if about_us:
            raise _Away(letter.fault) from refused
    except (OSError, smtplib.SMTPException) as error:
        _failed(letter, clock(), f"{type(error).__name__}: {error}")
        raise _Away(letter.fault) from error
    except ValueError as error:  # an address or a header that can be no mail
        _failed(letter, clock(), f"{type(error).__name__}: {error}", final=True)
    else:
        _end(letter, Letter.State.SENT, clock())
        return True
    return False


def _message(letter: Letter) -> EmailMultiAlternatives:
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    headers = {"Message-ID": f"<{letter.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(letter.subject, letter.text, to=[letter.address], headers=headers)
    message.attach_alternative(letter.html, "text/html")
    return message


def _told(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {text}".strip()


def _end(letter: Letter, state: Letter.State, now: datetime) -> None:
    letter.state, letter.done_at, letter.claimed_at = state, now, None
    letter.save(update_fields=["state", "done_at", "claimed_at"])


def _failed(letter: Letter, now: datetime, fault: str, *, final: bool = False) -> None:
    pause = None if final else retry.pause(letter.tries)
    letter.fault = " ".join(fault.split())[:300]
    letter.claimed_at = None
    if pause is None:
        letter.state, letter.done_at = Letter.State.GIVEN_UP, now
    else:
        letter.next_at = now + pause
    letter.save(update_fields=["fault", "claimed_at", "state", "done_at", "next_at"])
    log.warning("letter %s to %s, try %d: %s", letter.pk, letter.address, letter.tries, letter.fault)
