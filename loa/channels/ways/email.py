"""Letters to people of a list, by the mail server of this installation."""

import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from loa.channels.rules.words import opened
from loa.channels.ways.base import ChannelDown, Message, Report, Result, To


@dataclass(frozen=True, slots=True)
class Email:
    """See `ways.base.Notifier`."""

    most_at_once: int = 10

    def send(self, message: Message, to: Sequence[To]) -> Iterator[Result | Report]:
        """See the protocol."""
        connection = get_connection()
        try:
            connection.open()
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDown("unreachable") from error
        try:
            for one in to:
                yield _posted(_letter(message, one, connection), one)
        finally:
            connection.close()

    def collect(self) -> Iterator[Report]:
        """Letters that come back go to the sender's mailbox."""
        return iter(())


def _letter(message: Message, one: To, connection: BaseEmailBackend) -> EmailMessage:
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    headers = {"Message-ID": f"<{one.key}@{host}>", "Auto-Submitted": "auto-generated"}
    subject = " ".join(opened(message.status, message.title).split())
    return EmailMessage(subject, message.text, to=[one.address], headers=headers, connection=connection)


def _posted(letter: EmailMessage, one: To) -> Result:
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code = next(iter(refused.recipients.values()), (0, b""))[0]
        return Result(one.key, "address" if code >= 500 else f"smtp_{code}", again=code < 500)
    except smtplib.SMTPResponseException as refused:
        return Result(one.key, f"smtp_{refused.smtp_code}", again=refused.smtp_code < 500)
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelDown("unreachable") from error
    except ValueError:
        return Result(one.key, "address")
    return Result(one.key, "ok")
