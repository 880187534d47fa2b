"""Lý Văn Sơn hangs a loudspeaker at Nhà văn hóa thôn 5, and somebody else tries to be it."""

from datetime import timedelta

import msgspec
import pytest
from devicelink import jws
from devicelink.keyring import fingerprint
from devicelink.messages import Placement
from devicelink.refusals import Reason, Refused
from django.db import IntegrityError, transaction

from loa.audit.models import Entry
from loa.devices import actions, queries
from loa.devices.models import ClaimCode, Device, SignedDocument
from loa.devices.tests.conftest import Hardware
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from tests.at_once import PATIENCE_S, somebody_else, until_it_waits
from tests.cast import Cast


@pytest.fixture
def device(cast: Cast) -> Device:
    return actions.add_device(
        actor=cast.son, area=cast.quy_mong, name="Nhà văn hóa thôn 5", hamlet=cast.thon_5, now=cast.now
    )


@pytest.fixture
def claimed(cast: Cast, device: Device, hardware: Hardware) -> Device:
    code = actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    return actions.accept_enrolment(request=hardware.request(code), now=cast.now)


def confirm(cast: Cast, device: Device, hardware: Hardware) -> Device:
    seen = fingerprint(hardware.public_raw)
    return actions.confirm_placement(actor=cast.son, device=device, fingerprint_seen=seen, now=cast.now)


def placement_of(device: Device) -> Placement:
    document = queries.latest("placement", f"device/{device.pk}")
    assert document is not None
    return jws.decode(jws.parse(document.jws).payload, Placement)


def test_code_is_long_and_only_its_hash_is_kept(cast: Cast, device: Device) -> None:
    code = actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    plain = code.replace("-", "")
    assert len(plain) * 5 >= 80
    row = ClaimCode.objects.get()
    assert plain not in (row.hash, str(row.__dict__))


def test_claimed_device_has_no_placement_until_the_fingerprint_is_compared(
    cast: Cast, claimed: Device, hardware: Hardware
) -> None:
    assert claimed.state == Device.State.CLAIMED
    assert queries.latest("placement", f"device/{claimed.pk}") is None
    placed = confirm(cast, claimed, hardware)
    placement = placement_of(placed)
    assert placed.state == Device.State.PLACED
    assert placement.area == cast.thon_5.path
    assert placement.plan_set == placed.plan_set_id
    assert [(w.start, w.end) for w in placement.hours.windows] == [(300, 1260)]
    assert Entry.objects.filter(verb="device.placed", object_id=placed.pk).exists()


def test_code_typed_in_small_letters_with_spaces_works(cast: Cast, device: Device, hardware: Hardware) -> None:
    code = actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    assert actions.accept_enrolment(request=hardware.request(code.lower().replace("-", " ")), now=cast.now) == device


def test_code_works_once(cast: Cast, device: Device, hardware: Hardware) -> None:
    code = actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    actions.accept_enrolment(request=hardware.request(code), now=cast.now)
    with pytest.raises(Refused) as refusal:
        actions.accept_enrolment(request=Hardware().request(code), now=cast.now)
    assert refusal.value.reason is Reason.DUPLICATE
    device.refresh_from_db()
    assert device.public_key == hardware.public


def test_same_hardware_may_ask_again_when_the_answer_was_lost(cast: Cast, device: Device, hardware: Hardware) -> None:
    request = hardware.request(actions.issue_claim_code(actor=cast.son, device=device, now=cast.now))
    first = actions.accept_enrolment(request=request, now=cast.now)
    assert actions.accept_enrolment(request=request, now=cast.now + timedelta(days=8)) == first


def test_code_ends_after_seven_days(cast: Cast, device: Device, hardware: Hardware) -> None:
    code = actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    with pytest.raises(Refused) as refusal:
        actions.accept_enrolment(request=hardware.request(code), now=cast.now + timedelta(days=7))
    assert refusal.value.reason is Reason.EXPIRED


def test_newer_code_cancels_the_older(cast: Cast, device: Device, hardware: Hardware) -> None:
    old = actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    with pytest.raises(Refused) as refusal:
        actions.accept_enrolment(request=hardware.request(old), now=cast.now)
    assert refusal.value.reason is Reason.UNKNOWN_KEY


def test_key_must_be_held_not_only_known(cast: Cast, device: Device, hardware: Hardware) -> None:
    code = actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    with pytest.raises(Refused) as refusal:
        actions.accept_enrolment(request=hardware.request(code, signed_claim="another"), now=cast.now)
    assert refusal.value.reason is Reason.BAD_SIGNATURE


def test_speaker_cannot_claim_a_board(cast: Cast, hardware: Hardware) -> None:
    board = actions.add_device(actor=cast.son, area=cast.quy_mong, name="UBND xã", kind="board", now=cast.now)
    code = actions.issue_claim_code(actor=cast.son, device=board, now=cast.now)
    with pytest.raises(Refused) as refusal:
        actions.accept_enrolment(request=hardware.request(code), now=cast.now)
    assert refusal.value.reason is Reason.WRONG_AUDIENCE


def test_claiming_again_kills_the_old_key_and_its_placement(cast: Cast, claimed: Device, hardware: Hardware) -> None:
    confirm(cast, claimed, hardware)
    before = placement_of(claimed).revision
    code = actions.issue_claim_code(actor=cast.son, device=claimed, now=cast.now)
    other = Hardware()
    again = actions.accept_enrolment(request=other.request(code), now=cast.now)
    assert (again.pk, again.public_key, again.state) == (claimed.pk, other.public, Device.State.CLAIMED)
    assert queries.latest("placement", f"device/{claimed.pk}") is None
    confirm(cast, again, other)
    assert placement_of(again).revision > before


def test_fingerprint_that_changed_meanwhile_is_not_confirmed(cast: Cast, claimed: Device, hardware: Hardware) -> None:
    code = actions.issue_claim_code(actor=cast.son, device=claimed, now=cast.now)
    actions.accept_enrolment(request=Hardware().request(code), now=cast.now)
    with pytest.raises(Refusal) as refusal:
        confirm(cast, claimed, hardware)
    assert refusal.value.code == "fingerprint_changed"


def test_rejected_key_is_dead(cast: Cast, claimed: Device) -> None:
    actions.reject_key(actor=cast.son, device=claimed, now=cast.now)
    claimed.refresh_from_db()
    assert (claimed.public_key, claimed.state) == ("", Device.State.WAITING)


def test_key_cannot_be_two_devices(cast: Cast, claimed: Device, hardware: Hardware) -> None:
    second = actions.add_device(actor=cast.son, area=cast.quy_mong, name="Bến đò", now=cast.now)
    code = actions.issue_claim_code(actor=cast.son, device=second, now=cast.now)
    with pytest.raises(Refused) as refusal:
        actions.accept_enrolment(request=hardware.request(code), now=cast.now)
    assert refusal.value.reason is Reason.DUPLICATE
    with pytest.raises(IntegrityError):
        Device.objects.filter(pk=second.pk).update(public_key=claimed.public_key)


def test_officer_sees_but_does_not_enrol_and_the_neighbour_sees_nothing(cast: Cast, claimed: Device) -> None:
    with pytest.raises(Denied):
        actions.issue_claim_code(actor=cast.lan, device=claimed, now=cast.now)
    with pytest.raises(NotFound):
        actions.issue_claim_code(actor=cast.mai, device=claimed, now=cast.now)


def test_codes_are_not_given_out_without_end(cast: Cast, device: Device) -> None:
    for _ in range(60):
        actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    with pytest.raises(Refusal) as refusal:
        actions.issue_claim_code(actor=cast.son, device=device, now=cast.now)
    assert refusal.value.code == "too_many_claims"


def test_numbers_are_given_in_order_and_once(cast: Cast, device: Device) -> None:
    second = actions.add_device(actor=cast.son, area=cast.quy_mong, name="Bến đò", now=cast.now)
    assert (device.number, second.number) == (1, 2)
    with pytest.raises(Invalid):
        actions.add_device(actor=cast.son, area=cast.quy_mong, name="Chợ", number=2, now=cast.now)


def test_only_three_revisions_are_kept(cast: Cast, claimed: Device, hardware: Hardware) -> None:
    placed = confirm(cast, claimed, hardware)
    for step in range(5):
        actions.set_max_volume(actor=cast.son, device=placed, most=70 + step, now=cast.now)
    rows = SignedDocument.objects.filter(typ="placement").order_by("revision")
    revisions = [row.revision for row in rows]
    assert len(revisions) == 3
    assert revisions == sorted(set(revisions))
    assert placement_of(placed).max_volume == 74


def test_wire_form_of_the_placement_is_what_devices_accept(cast: Cast, claimed: Device, hardware: Hardware) -> None:
    from devicelink.contents import check_form

    placement = placement_of(confirm(cast, claimed, hardware))
    check_form(placement)
    assert msgspec.json.decode(msgspec.json.encode(placement), type=Placement) == placement


@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_the_same_number_at_once_the_second_is_told(cast: Cast) -> None:
    def add() -> None:
        actions.add_device(actor=None, area=cast.quy_mong, name="Bến đò", number=7, now=cast.now)

    with somebody_else() as pool:
        with transaction.atomic():
            actions.add_device(actor=None, area=cast.quy_mong, name="Chợ", number=7, now=cast.now)
            later = pool.submit(add)
            until_it_waits(later)
        with pytest.raises(Invalid, match="Số 07 đã dùng"):
            later.result(PATIENCE_S)


def test_the_place_keeps_its_history_when_its_hardware_is_replaced(cast: Cast, hardware: Hardware) -> None:
    device = actions.add_device(actor=None, area=cast.quy_mong, name="Chợ", now=cast.now)
    for at, one in ((cast.now, hardware), (cast.now + timedelta(days=90), Hardware())):
        code = actions.issue_claim_code(actor=None, device=device, now=at)
        actions.accept_enrolment(request=one.request(code), now=at)
    device.refresh_from_db()
    actions.retire(actor=cast.son, device=device, reason="Gỡ cột", now=cast.now + timedelta(days=100))
    new, old = device.hardware.all()
    assert (old.ended, old.until) == ("replaced", cast.now + timedelta(days=90))
    assert (new.ended, new.until) == ("retired", cast.now + timedelta(days=100))
    assert old.fingerprint != new.fingerprint


def test_an_old_station_joins_by_an_adapter_node(cast: Cast, hardware: Hardware) -> None:
    """Its wired loudspeakers hang on one node: a device of its own kind, in the same row of numbers, meant like all."""
    first = actions.add_device(actor=cast.son, area=cast.quy_mong, name="Chợ", now=cast.now)
    node = actions.add_device(actor=cast.son, area=cast.quy_mong, name="Trạm cũ", kind="adapter", now=cast.now)
    assert (first.number, node.number) == (1, 2)
    claim = actions.issue_claim_code(actor=cast.son, device=node, now=cast.now)
    with pytest.raises(Refused):
        actions.accept_enrolment(request=hardware.request(claim), now=cast.now)
    claim = actions.issue_claim_code(actor=cast.son, device=node, now=cast.now)
    actions.accept_enrolment(request=hardware.request(claim, kind="adapter"), now=cast.now)
    node.refresh_from_db()
    seen = fingerprint(hardware.public_raw)
    actions.confirm_placement(actor=cast.son, device=node, fingerprint_seen=seen, now=cast.now)
    assert node in queries.placed_in(cast.quy_mong.path)
