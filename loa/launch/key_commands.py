"""`loa keys`: the key ceremony in Vietnamese; the work is done by `signer.keys`."""

import argparse
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

from devicelink.jws import decode64
from devicelink.keyfiles import KeyProblem, read_keyset
from devicelink.keyring import fingerprint
from devicelink.messages import Role
from signer import keys, root
from signer import token as tokens
from signer.token import TokenPlace

from loa.config import env as settings
from loa.kernel import clock
from loa.launch import beside, confirmer_commands, engine
from loa.launch.folders import Folders, make_secret_key

SHORTEST_PASSPHRASE = 12
_OF_THE_HOST = {
    "hours": confirmer_commands.hours,
    "confirmers": confirmer_commands.people,
    "break-glass": confirmer_commands.break_glass,
}


def run(arguments: argparse.Namespace) -> int:
    """Do one deed; returns the exit code."""
    env = settings.read()
    folders = Folders(env.var)
    place = keys.Folders(
        root=Path(arguments.root).absolute() if arguments.root else folders.keys / "root",
        signer=env.signer_keys,
        gateway=env.gateway_keys,
    )
    try:
        if arguments.deed == "list":
            return _list(env, place)
        if arguments.deed in _OF_THE_HOST:
            _OF_THE_HOST[arguments.deed](place.signer, arguments)
            return 0
        if arguments.deed == "token":
            tokens.use(place.signer, _token(arguments))
            print("Khóa mới của bộ phận ký từ nay nằm trong thiết bị. Hãy chạy `loa keys rotate` cho từng vai trò.")
            return 0
        _show(_deed(arguments, place))
    except (KeyProblem, ValueError, OSError, beside.NoDatabase) as error:
        print(f"Không làm được: {error}", file=sys.stderr)
        return 1
    if arguments.deed == "init":
        make_secret_key(folders)
        engine.make_keys(env.engine_keys)
        print(f"Hãy chuyển {place.root} ra một USB cất trong két, và ghi lại dấu khóa gốc ở trên cho thợ lắp loa.")
    return 0


def _deed(arguments: argparse.Namespace, place: keys.Folders) -> keys.Made:
    now = clock.to_ms(clock.now())
    if arguments.deed == "init":
        passphrase = _new_passphrase() if arguments.ask else ""
        token = _token(arguments) if arguments.module else None
        made = keys.init(place, now=now, scope=arguments.scope or "vn", passphrase=passphrase, token=token)
        confirmer_commands.hours(place.signer, arguments)
        return made
    passphrase = getpass.getpass("Mật khẩu của khóa gốc: ") if root.is_locked(place.root) else ""
    if arguments.deed == "renew":
        return keys.renew(place, now=now, passphrase=passphrase)
    if arguments.deed == "add-roles":
        return keys.add_roles(place, now=now, passphrase=passphrase)
    if arguments.deed == "revoke":
        if not arguments.what:
            raise ValueError("hãy nói rõ mã khóa (xem `loa keys list`)")
        return keys.revoke(place, arguments.what, now=now, passphrase=passphrase)
    role = _role(arguments.what)
    if arguments.deed == "rotate":
        return keys.rotate(place, role, now=now, passphrase=passphrase, scope=arguments.scope)
    if not arguments.scope:
        raise ValueError("hãy nói rõ vùng, ví dụ --scope vn.15")
    return keys.add(place, role, arguments.scope, now=now, passphrase=passphrase)


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise ValueError(f"hãy nói rõ vai trò: {', '.join(map(str, Role))}") from None


def _token(arguments: argparse.Namespace) -> TokenPlace:
    if not (arguments.module and arguments.label and arguments.pin_file):
        raise ValueError("hãy cho đủ --module, --label và --pin-file")
    return TokenPlace(module=arguments.module, label=arguments.label, pin_file=str(Path(arguments.pin_file).absolute()))


def _new_passphrase() -> str:
    given = getpass.getpass("Mật khẩu mới cho khóa gốc: ")
    if len(given) < SHORTEST_PASSPHRASE:
        raise ValueError(f"mật khẩu cần ít nhất {SHORTEST_PASSPHRASE} ký tự")
    if getpass.getpass("Gõ lại lần nữa: ") != given:
        raise ValueError("hai lần gõ không giống nhau")
    return given


def _list(env: settings.Env, place: keys.Folders) -> int:
    keyset = read_keyset(place.signer)
    ends = datetime.fromtimestamp(keyset.expires / 1000, UTC)
    print(f"Dấu khóa gốc: {fingerprint(decode64(keyset.root))}")
    print(f"Danh sách khóa số {keyset.revision}, hạn đến {ends:%d/%m/%Y}")
    for key in keyset.keys:
        until = datetime.fromtimestamp(key.valid_to / 1000, UTC)
        print(f"  {key.role:<10} {key.kid}  vùng {key.scope}  đến {until:%d/%m/%Y}")
    if (env.engine_keys / "issuer.nk").exists():
        print("Khóa công khai cho máy chủ tin nhắn (NATS):")
        for name, public in engine.public_keys(env.engine_keys).items():
            print(f"  {name:<10} {public}")
    return 0


def _show(made: keys.Made) -> None:
    print(f"Dấu khóa gốc: {made.fingerprint}")
    print(f"Danh sách khóa số {made.keyset.revision}:")
    for key in made.keyset.keys:
        print(f"  {key.role:<10} {key.kid}  vùng {key.scope}")
