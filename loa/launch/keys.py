"""Keys of an installation on one machine: making what is missing at the first start.

The exchange of keys is `signer.keys`; the tickets of the pages belong to `loa.devices`; the engine's to `engine`.
"""

from contextlib import suppress

from devicelink.keyfiles import read_keyset
from signer import confirmers, keys
from signer.root import ROOT_FILE

from loa.audit import heads
from loa.config.env import Env
from loa.devices import tickets
from loa.kernel import clock
from loa.launch import engine
from loa.launch.folders import Folders, make_secret_key
from loa.launch.sites import with_address
from loa.people import sealed


def make_missing(env: Env, folders: Folders) -> None:
    """Everything that a first start needs. Demonstration keys are marked, so that real use refuses them."""
    make_secret_key(folders)
    engine.make_keys(env.engine_keys)
    root = folders.keys / "root"
    if not env.signer_keys.exists():
        place = keys.Folders(root=root, signer=env.signer_keys, gateway=env.gateway_keys)
        keys.init(place, now=clock.to_ms(clock.now()), demo=env.mode == "demo")
        _say_where_passkeys_are_used(env)
    elif env.mode == "demo":
        _add_roles(keys.Folders(root=root, signer=env.signer_keys, gateway=env.gateway_keys))
    tickets.move_in(env.ticket_keys, former=env.gateway_keys)
    tickets.ensure_seed(env.ticket_keys)
    sealed.ensure_key(folders.accounts)
    heads.ensure_key(folders.audit_key)  # so that the heads of the record are signed from the first hour


def _add_roles(place: keys.Folders) -> None:
    """A demonstration that was made before a role was; for real use the root lies in a safe (`loa keys add-roles`)."""
    if (place.root / ROOT_FILE).exists() and keys.lacking(read_keyset(place.signer)):
        keys.add_roles(place, now=clock.to_ms(clock.now()))


def _say_where_passkeys_are_used(env: Env) -> None:
    """The site of the first start; another one is set with `loa keys hours --site`."""
    with suppress(ValueError):  # an address at which browsers know no passkeys, such as 127.0.0.1
        confirmers.write_site(env.signer_keys, with_address(confirmers.read_site(env.signer_keys), env.site_url))
