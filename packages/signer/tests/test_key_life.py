"""Keys in life, role by role: exchanged, taken back, of one province. The loudspeaker's own code decides."""

from collections.abc import Callable

import msgspec
import pytest
from devicelink.freshness import TOLERANCE_MS, Clock, MemoryLedger
from devicelink.golden import world
from devicelink.jws import parse
from devicelink.keyfiles import KeyFolder, KeyProblem
from devicelink.keyring import Keyring, Verifier, open_keyset
from devicelink.messages import Alert, Audience, Hold, Message, Role
from devicelink.refusals import Reason, Refused
from msgspec.structs import replace
from signer import authenticator, keys
from signer.keys import LEAD_MS, OVERLAP_MS, Folders, Made

from .officers import LAN, THANH, Town

NOW = world.NOW
SAYS: dict[Role, Callable[..., Message]] = {
    Role.PLACEMENT: world.placement,
    Role.PLAN: world.plan,
    Role.COMMAND: world.command,
    Role.STOP: world.hold,
    Role.TIME: world.time,
    Role.ALERT: world.alert,
    Role.LIVE: world.session,
    Role.FIRMWARE: world.release,
}
SAYS_KIND: dict[Role, type[Message]] = {role: type(make()) for role, make in SAYS.items()}
LEVEL = {"vn": "centre", "vn.15": "province", "vn.79": "province", world.COMMUNE: "commune"}
every_role = pytest.mark.parametrize("role", list(Role))


def said(role: Role, at: int = NOW) -> Message:
    """What this role says at that instant: each instant of it is moved there."""
    message = SAYS[role]()
    moments = {
        name: value + at - NOW
        for name in message.__struct_fields__
        if isinstance(value := getattr(message, name), int) and value > NOW - world.YEAR
    }
    return replace(message, **moments)


class Loudspeaker:
    """In a hamlet of Quy Mông, with the keyset that it fetched last. Each message is the first that it hears."""

    def __init__(self, made: Made, area: str = world.HAMLET) -> None:
        self.area = area
        self.fetch(made)

    def fetch(self, made: Made) -> None:
        self.root = made.fingerprint
        self.keyring = Keyring.of(open_keyset(made.jws, made.fingerprint).message)

    def hears(self, token: str, kind: type[Message], at: int = NOW) -> str:
        """Why it refuses, "" when it obeys."""
        device = Verifier(self.root, world.DEVICE, MemoryLedger(), self.keyring, world.placement(area=self.area))
        try:
            device.verify(token, kind, clock=Clock(now=at, bound=2_000, floor=at - world.DAY), nonce=world.NONCE)
        except Refused as refused:
            return str(refused.reason)
        return ""


def holder(folders: Folders, role: Role) -> KeyFolder:
    return KeyFolder(folders.of(role))


def kid_of(token: str) -> str:
    return parse(token).header.kid


def test_each_role_is_tried() -> None:
    assert set(SAYS) == set(Role)


@every_role
def test_an_exchanged_key_is_announced_overlaps_and_is_refused_afterwards(
    folders: Folders, made: Made, role: Role
) -> None:
    """Two loudspeakers: one fetches the announcement at once, the other was away and comes back in the overlap."""
    near, away = Loudspeaker(made), Loudspeaker(made)
    folder = holder(folders, role)
    old = folder.sign(said(role), NOW)
    announced = keys.rotate(folders, role, now=NOW)
    assert folder.refresh()
    near.fetch(announced)
    assert kid_of(folder.sign(said(role), NOW)) == kid_of(old)  # not in use yet: nobody is left behind
    assert [one.hears(old, SAYS_KIND[role]) for one in (near, away)] == ["", ""]

    then = NOW + LEAD_MS
    new = folder.sign(said(role, then), then)
    assert kid_of(new) != kid_of(old)
    assert near.hears(new, SAYS_KIND[role], then) == ""
    assert away.hears(new, SAYS_KIND[role], then) == Reason.UNKNOWN_KEY
    away.fetch(announced)
    assert away.hears(new, SAYS_KIND[role], then) == ""
    late = by_old(folders, role, kid_of(old), said(role, then))
    assert near.hears(late, SAYS_KIND[role], then) == ""

    over = then + OVERLAP_MS + TOLERANCE_MS
    late = by_old(folders, role, kid_of(old), said(role, over))
    assert near.hears(late, SAYS_KIND[role], over) == Reason.KEY_NOT_VALID_NOW
    assert near.hears(folder.sign(said(role, over), over), SAYS_KIND[role], over) == ""


@every_role
def test_a_key_that_was_taken_back_signs_nothing_any_more(folders: Folders, made: Made, role: Role) -> None:
    pole, folder = Loudspeaker(made), holder(folders, role)
    stolen = folder.sign(said(role), NOW)
    kid = kid_of(stolen)
    assert pole.hears(stolen, SAYS_KIND[role]) == ""
    after = keys.revoke(folders, kid, now=NOW)
    pole.fetch(after)
    assert pole.hears(stolen, SAYS_KIND[role]) == Reason.UNKNOWN_KEY
    assert not (folders.of(role) / f"{kid}.key").exists()
    assert folder.refresh()
    assert kid not in folder.kids(NOW).values()
    again = folder.sign(said(role), NOW)  # who holds the keys goes on with another
    assert pole.hears(again, SAYS_KIND[role]) == ""
    for other in set(Role) - {role}:
        token = holder(folders, other).sign(said(other), NOW)
        assert pole.hears(token, SAYS_KIND[other]) == ""


@every_role
def test_an_older_keyset_does_not_bring_the_key_back(folders: Folders, made: Made, role: Role) -> None:
    kid = holder(folders, role).kids(NOW)[role]
    after = keys.revoke(folders, kid, now=NOW)
    ledger = MemoryLedger()
    device = Verifier(made.fingerprint, world.DEVICE, ledger)
    newest = device.verify(after.jws, type(after.keyset), clock=world.CLOCK)
    ledger.keep("keyset", newest.mark)
    with pytest.raises(Refused) as refused:
        device.verify(made.jws, type(made.keyset), clock=world.CLOCK)
    assert refused.value.reason is Reason.OLDER_REVISION


def by_old(folders: Folders, role: Role, kid: str, message: Message) -> str:
    """What somebody who still has the old key makes of it."""
    return holder(folders, role).sign_bytes(msgspec.json.encode(message), type(message), kid)


@pytest.fixture
def town(folders: Folders, made: Made) -> Town:
    return Town(folders)


def test_a_provinces_alert_key_wakes_its_own_province_only(folders: Folders, made: Made) -> None:
    after = keys.add(folders, Role.ALERT, "vn.15", now=NOW, lead=0)
    key = next(key for key in after.keyset.keys if key.scope == "vn.15")
    folder = holder(folders, Role.ALERT)
    here, elsewhere = Loudspeaker(after), Loudspeaker(after, area="vn.79.26734.h1")

    def alarm(area: str) -> str:
        return folder.sign_bytes(msgspec.json.encode(world.alert(audience=Audience(area=area))), Alert, key.kid)

    assert here.hears(alarm(world.COMMUNE), Alert) == ""
    assert here.hears(alarm("vn.15"), Alert) == ""
    assert elsewhere.hears(alarm("vn.79"), Alert) == Reason.OUTSIDE_SCOPE
    assert elsewhere.hears(alarm("vn.79.26734"), Alert) == Reason.OUTSIDE_SCOPE
    assert elsewhere.hears(alarm("vn"), Alert) == Reason.OUTSIDE_SCOPE  # nor by calling everybody
    assert here.hears(alarm("vn"), Alert) == Reason.OUTSIDE_SCOPE
    assert elsewhere.hears(alarm("vn.15"), Alert) == Reason.OUTSIDE_SCOPE  # nor what was recorded there


def test_the_signer_takes_the_key_that_fits_the_audience(town: Town) -> None:
    keys.add(town.folders, Role.ALERT, "vn.15", now=NOW, lead=0)
    keyset = keys.add(town.folders, Role.ALERT, "vn.79", now=NOW + 1, lead=0).keyset
    others = ("vn.15", "40", "41"), ("vn.79", "50", "51"), ("vn", "60", "61")
    for area, *pair in others:
        for user in pair:
            town.keys[user] = authenticator.make()
            town.admit(user, town.keys[user], scope=area)
    pairs = {world.COMMUNE: (LAN, THANH)} | {area: (author, second) for area, author, second in others}
    town.restart()
    scopes = {key.kid: key.scope for key in keyset.keys}

    def scope(area: str) -> str:
        alert = world.alert(audience=Audience(area=area), id=f"al-{area.replace('.', '-')}", level=LEVEL[area])
        return scopes[kid_of(town.ask(alert, *town.both(alert, *pairs[area])).jws)]

    assert scope(world.COMMUNE) == "vn.15"
    assert scope("vn.15") == "vn.15"
    assert scope("vn.79") == "vn.79"
    assert scope("vn") == "vn"


def test_a_signer_with_the_keys_of_one_province_signs_for_no_other(folders: Folders) -> None:
    keys.init(folders, now=NOW - world.DAY, scope="vn.15")
    town = Town(folders)
    for user in ("50", "51"):
        town.keys[user] = authenticator.make()
        town.admit(user, town.keys[user], scope="vn.79")
    foreign = world.alert(audience=Audience(area="vn.79"), level="province")
    assert town.said(foreign, "50", "51") == Reason.OUTSIDE_SCOPE


def test_a_province_hears_its_own_stop_key_and_the_centres(folders: Folders, made: Made) -> None:
    after = keys.add(folders, Role.STOP, "vn.15", now=NOW, lead=0)
    folder, pole = holder(folders, Role.STOP), Loudspeaker(after)
    scopes = {key.kid: key.scope for key in after.keyset.keys}
    for area, scope in ((world.COMMUNE, "vn.15"), ("vn.15", "vn.15"), ("vn.79", "vn"), ("vn", "vn")):
        token = folder.sign(world.hold(audience=Audience(area=area)), NOW)
        assert scopes[kid_of(token)] == scope
        assert pole.hears(token, Hold) == ("" if area != "vn.79" else Reason.WRONG_AUDIENCE)


def test_a_loudspeaker_may_be_moved_into_a_province_that_has_its_own_key(folders: Folders, made: Made) -> None:
    after = keys.add(folders, Role.PLACEMENT, "vn.15", now=NOW, lead=0)
    moved = Loudspeaker(after, area="vn.79.26734.h1")
    token = holder(folders, Role.PLACEMENT).sign(world.placement(), NOW)
    assert moved.hears(token, type(world.placement())) == ""


def test_each_area_has_its_own_life(folders: Folders, made: Made) -> None:
    """Exchange and end of a province's key touch no other; without it the centre's goes on, and none is made anew."""
    first = keys.add(folders, Role.ALERT, "vn.15", now=NOW, lead=0)
    assert holder(folders, Role.ALERT).in_use(NOW)["alert"] == tuple(
        sorted(key.kid for key in first.keyset.keys if key.role is Role.ALERT)
    )
    with pytest.raises(KeyProblem, match="has keys for vn, vn"):
        keys.rotate(folders, Role.ALERT, now=NOW)
    with pytest.raises(KeyProblem, match="there is no alert key"):
        keys.rotate(folders, Role.ALERT, now=NOW, scope="vn.79")
    with pytest.raises(KeyProblem, match="exchange it with"):
        keys.add(folders, Role.ALERT, "vn.15", now=NOW)
    with pytest.raises(KeyProblem, match="not an area path"):
        keys.add(folders, Role.ALERT, "Lào Cai", now=NOW)
    second = keys.rotate(folders, Role.ALERT, now=NOW, scope="vn.15").keyset
    ends = {key.scope: key.valid_to for key in first.keyset.keys if key.role is Role.ALERT}
    central = next(key for key in second.keys if key.role is Role.ALERT and key.scope == "vn")
    assert central.valid_to == ends["vn"]
    mine = [key.kid for key in second.keys if key.role is Role.ALERT and key.scope == "vn.15"]
    assert len(mine) == 2
    for number, kid in enumerate(mine):
        last = keys.revoke(folders, kid, now=NOW + 2 + number)
    assert [key.scope for key in last.keyset.keys if key.role is Role.ALERT] == ["vn"]
    assert Loudspeaker(last).hears(holder(folders, Role.ALERT).sign(world.alert(), NOW), Alert) == ""
    replaced = keys.revoke(folders, central.kid, now=NOW + 5)
    assert [key.scope for key in replaced.keyset.keys if key.role is Role.ALERT] == ["vn"]


def test_a_new_provinces_key_is_announced_before_it_is_used(folders: Folders, made: Made) -> None:
    keys.add(folders, Role.ALERT, "vn.15", now=NOW)
    folder = holder(folders, Role.ALERT)
    assert folder.choose(Role.ALERT, [world.COMMUNE], NOW).scope == "vn"
    assert folder.choose(Role.ALERT, [world.COMMUNE], NOW + LEAD_MS).scope == "vn.15"
