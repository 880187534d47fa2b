"""`loa keys`: make the keys of an installation, exchange one, take one back. Every change is a new keyset by the root.

Three folders, for three custodians: the root (a stick in a safe), the signer's, the gateway's. Public results (the
keyset) are written to all three; private keys only where they are used.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec
from devicelink import keyfiles
from devicelink.audience import inside, is_area_path
from devicelink.freshness import next_revision
from devicelink.jws import encode64
from devicelink.keyfiles import DEMO_PREFIX, KEYSET_FILE, KeyProblem
from devicelink.keyring import fingerprint, open_keyset
from devicelink.messages import Key, Keyset, Role

from signer import root as roots
from signer import token as tokens
from signer.root import Cost, Root
from signer.token import TokenPlace

DAY_MS = 86_400_000
KEY_LIFE_MS = 3 * 365 * DAY_MS
KEYSET_LIFE_MS = 400 * DAY_MS
BACKDATE_MS = DAY_MS  # a device whose clock is a little behind must not find its keys in the future
LEAD_MS = DAY_MS  # devices get a new key a day before the first message signed with it
OVERLAP_MS = 30 * DAY_MS  # and can still read what the old one signed

GATEWAY_ROLES = (Role.STOP, Role.TIME)
SIGNER_ROLES = (Role.PLACEMENT, Role.PLAN, Role.COMMAND, Role.FIRMWARE, Role.ALERT, Role.LIVE)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the three custodians keep their files."""

    root: Path
    signer: Path
    gateway: Path

    def of(self, role: Role) -> Path:
        """The folder of a role's private key."""
        return self.gateway if role in GATEWAY_ROLES else self.signer


@dataclass(frozen=True, slots=True)
class Made:
    """What came out: the keyset in force, as a JWS too, and the root's fingerprint for images and enrol commands."""

    keyset: Keyset
    jws: str
    fingerprint: str


def init(
    folders: Folders,
    *,
    now: int,
    scope: str = "vn",
    passphrase: str = "",
    demo: bool = False,
    cost: Cost | None = None,
    token: TokenPlace | None = None,
) -> Made:
    """A root and one key for each role in use. KeyProblem if a folder is not empty: nothing is overwritten.

    `scope` is the area path for which all keys speak, `demo` marks the keys so that real use refuses them. With a
    `token` the signer's keys are made inside it.
    """
    if not is_area_path(scope):
        raise KeyProblem(f"{scope!r} is not an area path such as vn or vn.15")
    targets = [folders.root, folders.signer, folders.gateway]
    if len(set(targets)) != 3:
        raise KeyProblem("root, signer and gateway need three different folders")
    for folder in targets:
        if folder.exists() and any(folder.iterdir()):
            raise KeyProblem(f"{folder} is not empty; keys are never overwritten")
    drafts = Folders(*(_draft(folder) for folder in targets))
    if token is not None:
        tokens.use(drafts.signer, token)
    made = _first(drafts, now, scope, passphrase, demo, cost or Cost())
    for name in ("signer", "gateway", "root"):
        draft, folder = getattr(drafts, name), getattr(folders, name)
        draft.rename(folder)
        keyfiles.sync_folder(folder.parent)
    return made


def rotate(
    folders: Folders, role: Role, *, now: int, passphrase: str = "", lead: int = LEAD_MS, scope: str = ""
) -> Made:
    """Announce a new key for `role`, to be used from `now + lead` (ms); the old one stays readable for 30 days more.

    `scope` says which one, where the role has keys of several areas. KeyProblem if that is left open.
    """
    root, keyset = _open(folders, passphrase)
    start = now + lead if lead else now - BACKDATE_MS
    scope = scope or _only_scope(keyset, role)
    old = [key for key in keyset.keys if key.role is role and key.scope == scope]
    if not old:
        raise KeyProblem(f"there is no {role} key for {scope}; make one with `loa keys add`")
    key = _new_key(folders, role, scope, start, demo=keyfiles.is_demo(keyset))
    ended = {item.kid: min(item.valid_to, now + lead + OVERLAP_MS) for item in old}
    keys = tuple(msgspec.structs.replace(item, valid_to=ended.get(item.kid, item.valid_to)) for item in keyset.keys)
    return _publish(folders, root, keyset, (*_living(keys, now), key), now)


def add(folders: Folders, role: Role, scope: str, *, now: int, passphrase: str = "", lead: int = LEAD_MS) -> Made:
    """A key of `role` that speaks for one area only, such as a province, beside those there are.

    Announced like an exchanged one: loudspeakers know it before it is used. KeyProblem if this area has one.
    """
    if not is_area_path(scope):
        raise KeyProblem(f"{scope!r} is not an area path such as vn or vn.15")
    root, keyset = _open(folders, passphrase)
    if any(key.role is role and key.scope == scope for key in _living(keyset.keys, now)):
        raise KeyProblem(f"{scope} has a {role} key; exchange it with `loa keys rotate`")
    start = now + lead if lead else now - BACKDATE_MS
    key = _new_key(folders, role, scope, start, demo=keyfiles.is_demo(keyset))
    return _publish(folders, root, keyset, (*_living(keyset.keys, now), key), now)


def revoke(folders: Folders, kid: str, *, now: int, passphrase: str = "") -> Made:
    """Take a key out of the keyset at once. If nothing else speaks for its role in its area, a new key is made, in use
    immediately.
    """
    root, keyset = _open(folders, passphrase)
    taken = next((key for key in keyset.keys if key.kid == kid), None)
    if taken is None:
        raise KeyProblem(f"there is no key {kid!r} in the keyset")
    keys = tuple(key for key in _living(keyset.keys, now) if key.kid != kid)
    if not any(key.role is taken.role and key.valid_from <= now and inside(key.scope, taken.scope) for key in keys):
        start = now - BACKDATE_MS
        keys += (_new_key(folders, taken.role, taken.scope, start, demo=keyfiles.is_demo(keyset)),)
    made = _publish(folders, root, keyset, keys, now)
    for custodian in tokens.custodians(folders.of(taken.role)):
        custodian.forget(kid)
    return made


def add_roles(folders: Folders, *, now: int, passphrase: str = "") -> Made:
    """A key for each role that has none, in use at once: an installation that was made before the role was.

    KeyProblem if nothing is missing.
    """
    root, keyset = _open(folders, passphrase)
    missing = lacking(keyset)
    if not missing:
        raise KeyProblem("every role has a key already; exchange one with rotate")
    scope, demo = keyset.keys[0].scope, keyfiles.is_demo(keyset)
    made = tuple(_new_key(folders, role, scope, now - BACKDATE_MS, demo=demo) for role in missing)
    return _publish(folders, root, keyset, (*_living(keyset.keys, now), *made), now)


def lacking(keyset: Keyset) -> tuple[Role, ...]:
    """The roles for which this keyset has no key at all."""
    return tuple(role for role in (*SIGNER_ROLES, *GATEWAY_ROLES) if role not in {key.role for key in keyset.keys})


def renew(folders: Folders, *, now: int, passphrase: str = "") -> Made:
    """The same keys in a keyset that expires later."""
    root, keyset = _open(folders, passphrase)
    return _publish(folders, root, keyset, _living(keyset.keys, now), now)


def _first(folders: Folders, now: int, scope: str, passphrase: str, demo: bool, cost: Cost) -> Made:
    root = roots.make(folders.root, passphrase, cost)
    start = now - BACKDATE_MS
    keys = tuple(_new_key(folders, role, scope, start, demo=demo) for role in (*SIGNER_ROLES, *GATEWAY_ROLES))
    empty = Keyset(revision=0, issued=0, expires=0, keys=())
    return _publish(folders, root, empty, keys, now)


def _publish(folders: Folders, root: Root, before: Keyset, keys: tuple[Key, ...], now: int) -> Made:
    keyset = Keyset(
        revision=next_revision(before.revision, now),
        issued=now,
        expires=now + KEYSET_LIFE_MS,
        keys=keys,
        root=encode64(root.public),
    )
    token = root.sign(keyset)
    open_keyset(token, root.public)  # what devices would refuse must not leave this room
    for folder in (folders.root, folders.gateway, folders.signer):
        keyfiles.replace(folder / KEYSET_FILE, token.encode())
    return Made(keyset, token, fingerprint(root.public))


def _open(folders: Folders, passphrase: str) -> tuple[Root, Keyset]:
    root = roots.load(folders.root, passphrase)
    token = keyfiles.read_private(folders.root / KEYSET_FILE)
    return root, open_keyset(token.strip(), root.public).message


def _new_key(folders: Folders, role: Role, scope: str, start: int, *, demo: bool) -> Key:
    kid, public = tokens.custodians(folders.of(role))[0].make(role, DEMO_PREFIX if demo else "")
    return Key(kid=kid, public=encode64(public), role=role, scope=scope, valid_from=start, valid_to=start + KEY_LIFE_MS)


def _only_scope(keyset: Keyset, role: Role) -> str:
    scopes = sorted({key.scope for key in keyset.keys if key.role is role})
    if len(scopes) > 1:
        raise KeyProblem(f"{role} has keys for {', '.join(scopes)}; say which: --scope")
    return scopes[0] if scopes else keyset.keys[0].scope


def _living(keys: tuple[Key, ...], now: int) -> tuple[Key, ...]:
    return tuple(key for key in keys if key.valid_to > now)


def _draft(folder: Path) -> Path:
    """An empty folder beside the final one; what a broken-off attempt left there was never in use."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    return draft
