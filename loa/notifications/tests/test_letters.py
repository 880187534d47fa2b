"""Letters go out over a real line: refused, hung up on, sent twice by a machine that died, given up, never lost."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from loa.areas.models import Area
from loa.notifications import actions
from loa.notifications.actions import sending
from loa.notifications.models import Letter, Notification, Told
from loa.notifications.queries.of_record import letters as lost_letters
from loa.notifications.rules import retry
from loa.notifications.tests.mailbox import Mailbox
from loa.people.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def due(user: User, area: Area, now: datetime, title: str = "Xã Quy Mông: 1 cụm loa mất điện", **more: str) -> Told:
    """Something of which this person may be written to now."""
    row = Notification.objects.create(
        kind=more.get("kind", "incident"), key=title, area=area, urgency=more.get("urgency", "soon"), title=title,
        since=now, opened_at=now, stepped_at=now,
    )  # fmt: skip
    return Told.objects.create(
        notification=row, user=user, place=area.path, title=title, link="/x/", told_at=now, letter_at=now
    )


def write(user: User, area: Area, now: datetime, title: str = "Xã Quy Mông: 1 cụm loa mất điện") -> Letter:
    due(user, area, now, title)
    assert actions.write_letters(now=now) == 1
    return Letter.objects.get(user=user)


def send(now: datetime) -> int:
    return actions.send_letters(clock=lambda: now)


def test_a_letter_goes_out_once(night: Cast, post: Mailbox) -> None:
    letter = write(night.lan, night.quy_mong, night.now)
    assert (send(night.now), send(night.now + MINUTE)) == (1, 0)
    [taken] = post.letters
    assert str(taken["Message-ID"]).strip() == f"<{letter.pk}@laocai.example>"
    assert taken["Auto-Submitted"] == "auto-generated"
    letter.refresh_from_db()
    assert (letter.state, letter.done_at) == ("sent", night.now)


def test_a_server_that_hangs_up_is_tried_again_with_longer_pauses(night: Cast, post: Mailbox) -> None:
    letter = write(night.lan, night.quy_mong, night.now)
    post.says.extend([("MAIL", ""), ("CONNECT", "")])
    assert send(night.now) == 0
    letter.refresh_from_db()
    assert (letter.state, letter.tries, letter.next_at) == ("waiting", 1, night.now + 2 * MINUTE)
    assert "Disconnected" in letter.fault
    assert send(night.now + MINUTE) == 0
    assert send(night.now + 2 * MINUTE) == 0
    letter.refresh_from_db()
    assert letter.next_at == night.now + 6 * MINUTE
    assert send(night.now + 6 * MINUTE) == 1


def test_who_gets_it_twice_can_tell(night: Cast, post: Mailbox) -> None:
    """The server has taken it, the line breaks before it says so."""
    write(night.lan, night.quy_mong, night.now)
    post.says.append(("DATA.", ""))
    assert send(night.now) == 0
    assert send(night.now + 2 * MINUTE) == 1
    first, second = post.letters
    assert first["Message-ID"] == second["Message-ID"]


def test_a_machine_that_dies_with_a_letter_in_hand_loses_none(
    night: Cast, post: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = write(night.lan, night.quy_mong, night.now)
    with monkeypatch.context() as killed:
        killed.setattr(sending, "_send", lambda *_: (_ for _ in ()).throw(SystemExit(9)))
        with pytest.raises(SystemExit):
            send(night.now)
    letter.refresh_from_db()
    assert letter.claimed_at == night.now
    assert send(night.now + 4 * MINUTE) == 0
    assert send(night.now + retry.CLAIM_HOLDS) == 1
    assert len(post.letters) == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA."])
def test_an_address_that_there_is_not_is_given_up_at_once(night: Cast, post: Mailbox, command: str) -> None:
    letter = write(night.lan, night.quy_mong, night.now)
    write(night.son, night.lao_cai, night.now, "Việc khác")
    post.says.append((command, "550 no such mailbox"))
    assert send(night.now) == 1
    states = dict(Letter.objects.values_list("user__username", "state"))
    assert sorted(states.values()) == ["given_up", "sent"]
    given_up = Letter.objects.get(state="given_up")
    assert given_up.fault == "550 no such mailbox"
    [need] = lost_letters(night.now + MINUTE)
    assert need.kind == "letters"
    assert given_up.address in need.more
    assert letter.pk


def test_later_is_no_refusal(night: Cast, post: Mailbox) -> None:
    letter = write(night.lan, night.quy_mong, night.now)
    post.says.append(("RCPT", "451 greylisted, come back"))
    assert send(night.now) == 0
    letter.refresh_from_db()
    assert (letter.state, letter.fault) == ("waiting", "451 greylisted, come back")
    assert send(night.now + 2 * MINUTE) == 1


def test_a_refused_sender_is_our_own_fault_and_waits(night: Cast, post: Mailbox) -> None:
    """Somebody has to set LOA_EMAIL_FROM right: no letter is lost meanwhile, and the others are not tried."""
    write(night.lan, night.quy_mong, night.now)
    write(night.son, night.lao_cai, night.now, "Việc khác")
    post.says.append(("MAIL", "550 sender unknown"))
    assert send(night.now) == 0
    assert set(Letter.objects.values_list("state", flat=True)) == {"waiting"}
    assert sorted(Letter.objects.values_list("tries", flat=True)) == [0, 1]


def test_without_a_server_the_round_ends_and_after_eight_hours_a_letter_is_given_up(
    night: Cast, settings: Settings, post: Mailbox
) -> None:
    letter = write(night.lan, night.quy_mong, night.now)
    write(night.son, night.lao_cai, night.now, "Việc khác")
    post.server_close()
    post.shutdown()
    now = night.now
    while letter.state == Letter.State.WAITING:
        assert send(now) == 0
        letter.refresh_from_db()
        now += 10 * MINUTE
    assert letter.state == Letter.State.GIVEN_UP
    assert letter.tries == retry.MOST_TRIES
    assert timedelta(hours=8) < now - night.now < timedelta(hours=11)


def test_what_is_over_is_not_sent_any_more(night: Cast, post: Mailbox) -> None:
    letter = write(night.lan, night.quy_mong, night.now)
    Told.objects.update(left_at=night.now)
    assert send(night.now + MINUTE) == 0
    letter.refresh_from_db()
    assert (letter.state, post.letters) == ("dropped", [])


def test_a_line_break_in_a_title_makes_no_header(night: Cast, post: Mailbox) -> None:
    write(night.lan, night.quy_mong, night.now, "“Họp\r\nBcc: mai@loa.example” bị trả lại")
    assert send(night.now) == 1
    [letter] = post.letters
    assert letter["Bcc"] is None
    assert "Họp Bcc" in str(letter["Subject"])


def test_what_comes_soon_after_waits_for_the_next_letter_but_the_urgent_does_not(night: Cast, post: Mailbox) -> None:
    write(night.lan, night.quy_mong, night.now)
    due(night.lan, night.quy_mong, night.now + MINUTE, "Việc thứ hai")
    due(night.lan, night.quy_mong, night.now + MINUTE, "Việc thứ ba")
    assert actions.write_letters(now=night.now + MINUTE) == 0
    assert actions.write_letters(now=night.now + 10 * MINUTE) == 1
    newest = Letter.objects.filter(user=night.lan).latest("made_at")
    assert newest.subject == "2 việc cần anh/chị xem. Việc thứ hai"
    due(night.lan, night.quy_mong, night.now + 11 * MINUTE, "Lệnh giả", kind="forged", urgency="urgent")
    assert actions.write_letters(now=night.now + 11 * MINUTE) == 1


def test_a_closed_account_is_not_written_to(night: Cast) -> None:
    due(night.lan, night.quy_mong, night.now)
    User.objects.filter(pk=night.lan.pk).update(is_active=False)
    assert actions.write_letters(now=night.now) == 0


def test_old_letters_and_notifications_go(night: Cast) -> None:
    write(night.lan, night.quy_mong, night.now)
    Letter.objects.update(state=Letter.State.SENT)
    assert actions.forget(now=night.now + timedelta(days=59)) == 0
    assert actions.forget(now=night.now + timedelta(days=61)) == 1
    Notification.objects.update(closed_at=night.now)
    actions.forget(now=night.now + timedelta(days=181))
    assert not Notification.objects.exists()
