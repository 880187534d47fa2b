"""A loudspeaker is lost: from the word of somebody who looks after it until nothing opens to its key any more."""
# ruff: noqa: F811 - fixtures from a neighbour

import time
from collections.abc import Callable

import msgspec
import pytest
from devicelink import tokens
from devicelink.messages import EnrolRequest
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse

from loa.audit.models import Entry
from loa.broadcasts.models import PlayProof
from loa.devices import actions
from loa.devices.models import Device
from loa.devices.tests.conftest import Hardware, key_folders, signer  # noqa: F401 - fixtures
from loa.gateway.tests.conftest import wait_until
from loa.gateway.tests.mqtt import Client, SimulatedDevice
from loa.gateway.tests.whole import Story, running, story  # noqa: F401
from loa.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)
DOORS = (
    ("GET", "/device/placement"),
    ("GET", "/device/plan"),
    ("GET", "/device/volume"),
    ("GET", "/device/release"),
    ("GET", f"/device/media/{'a' * 64}"),
    ("HEAD", f"/device/media/{'a' * 64}"),
    ("GET", f"/device/wheel/{'a' * 64}"),
    ("POST", "/device/proofs"),
    ("POST", "/device/log"),
    ("POST", "/device/selftest"),
    ("GET", "/relay/vov1"),
)


def by_page(story: Story) -> None:
    """Sơn, on the page of the loudspeaker."""
    browser = Browser()
    browser.force_login(story.cast.son)
    answer = browser.post(reverse("devices:revoke", args=[story.row.pk]), {"revoke-reason": "mất trộm đêm qua"})
    assert answer.status_code == 302, answer.content


def by_terminal(story: Story) -> None:
    """On the server."""
    call_command("devices", "revoke", story.row.pk, "--as", story.cast.son.username, "--reason", "mất trộm đêm qua")


def statuses(story: Story, device: SimulatedDevice) -> dict[str, int]:
    """What each door answers to this key."""
    return {
        f"{method} {path}": story.gateway.request(
            method, path, token=device.token(audience=tokens.GATEWAY), body=b"{}" if method == "POST" else None
        )[0]
        for method, path in DOORS
    }


def enrolment(story: Story, request: EnrolRequest) -> int:
    return story.gateway.request("POST", "/device/enrol", body=msgspec.json.encode(request))[0]


@pytest.mark.parametrize("report", [by_page, by_terminal])
def test_a_lost_loudspeaker_is_out_of_engine_and_platform(
    story: Story, report: Callable[[Story], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """What has to be refused is awaited, however busy the machine is; how long it took is printed (to reach: 5 s)."""
    device = story.hang()
    device.hello()
    before = statuses(story, device)
    assert 401 not in before.values(), before
    began = time.monotonic()
    report(story)
    said = time.monotonic() - began
    assert device.closed()
    closed = time.monotonic() - began
    wait_until(lambda: set(statuses(story, device).values()) == {401})
    out = time.monotonic() - began
    thief = Client(story.gateway.engine.listen.mqtt)
    assert thief.login(story.row.pk, story.row.pk, device.token()) == 5
    with capsys.disabled():
        print(f"\nlost loudspeaker: reported in {said:.2f} s, cut off after {closed:.2f} s, all shut after {out:.2f} s")
    assert enrolment(story, story.hardware.request(story.code)) == 409  # its code was used, though by itself
    assert not PlayProof.objects.exists()
    story.row.refresh_from_db()
    assert (story.row.state, story.row.public_key) == (Device.State.REVOKED, "")
    assert story.gateway.hub.world.members[story.row.pk].state == "revoked"
    entry = Entry.objects.get(verb="device.revoked")
    assert (entry.actor_id, entry.facts["reason"]) == (story.cast.son.pk, "mất trộm đêm qua")


def test_its_old_key_stays_out_when_another_hangs_in_its_place(story: Story) -> None:
    device = story.hang()
    by_terminal(story)
    assert device.closed()
    story.row.refresh_from_db()
    story.code = actions.issue_claim_code(actor=story.cast.son, device=story.row, now=now())
    lost, story.hardware = story.hardware, Hardware()
    assert enrolment(story, lost.request(story.code, signed_claim="a-code-it-never-had")) != 200
    story.hang().hello()
    wait_until(lambda: set(statuses(story, device).values()) == {401})
    thief = Client(story.gateway.engine.listen.mqtt)
    assert thief.login(story.row.pk, story.row.pk, device.token()) == 5


def test_nobody_of_another_commune_revokes_it(story: Story) -> None:
    device = story.hang()
    for user in (story.cast.mai.username, "nobody"):
        with pytest.raises(CommandError):
            call_command("devices", "revoke", story.row.pk, "--as", user, "--reason", "thử")
    assert 401 not in statuses(story, device).values()
