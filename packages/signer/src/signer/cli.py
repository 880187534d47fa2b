"""`python -m signer`: serve, and the key ceremony of an installation (`loa keys ...` calls the same)."""

import argparse
import getpass
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from devicelink import commandline
from devicelink.keyfiles import KeyProblem
from devicelink.messages import Role

from signer import journal, keys, root, sources
from signer.keys import Folders, Made
from signer.serve import CannotServe, now_ms, serve

DATABASE_VARIABLE = "LOA_SIGNER_DATABASE_URL"
PASSPHRASE_VARIABLE = "LOA_ROOT_PASSPHRASE"  # noqa: S105 - a name


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 with one line that says what is wrong."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        options.run(options)
    except (KeyProblem, CannotServe, journal.BrokenJournal) as error:
        print(f"signer: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    commandline.in_vietnamese()
    parser = argparse.ArgumentParser(
        prog="loa signer", description="Bộ phận ký: giữ khóa của Loa và chỉ ký điều được phép."
    )
    commands = parser.add_subparsers(required=True, metavar="VIỆC")
    _serve_options(_deed(commands, "serve", "trả lời ở một ổ cắm Unix cho tới khi bị dừng"))
    init = _key_command(_deed(commands, "init", "tạo khóa gốc và các khóa đầu tiên"), _init)
    init.add_argument("--scope", metavar="VÙNG", default="vn", help="vùng mà các khóa được ký (mặc định: vn)")
    init.add_argument("--demo", action="store_true", help="đánh dấu là khóa trình diễn: chạy thật không nhận")
    init.add_argument("--lock", action="store_true", help="hỏi mật khẩu và mã hóa khóa gốc bằng mật khẩu ấy")
    rotate = _key_command(_deed(commands, "rotate", "thay khóa của một vai trò"), _rotate)
    rotate.add_argument("role", choices=[str(role) for role in Role], help="vai trò của khóa")
    rotate.add_argument("--scope", metavar="VÙNG", default="", help="khóa của vùng nào, nếu vai trò có nhiều khóa")
    add = _key_command(_deed(commands, "add", "thêm khóa riêng cho một vùng"), _add)
    add.add_argument("role", choices=[str(role) for role in Role], help="vai trò của khóa")
    add.add_argument("--scope", metavar="VÙNG", required=True, help="vùng mà khóa được ký, ví dụ vn.15")
    revoke = _key_command(_deed(commands, "revoke", "bỏ ngay một khóa"), _revoke)
    revoke.add_argument("kid", metavar="MÃ-KHÓA", help="mã của khóa, xem `loa keys list`")
    _key_command(_deed(commands, "renew", "gia hạn danh sách khóa, khóa vẫn như cũ"), _renew)
    _key_command(_deed(commands, "add-roles", "tạo khóa cho các vai trò chưa có khóa"), _add_roles)
    known = _deed(commands, "sources", "xem hoặc thay danh sách nguồn tin được phát thẳng")
    known.add_argument("folder", metavar="THƯ-MỤC", type=Path, help="thư mục khóa của bộ phận ký")
    known.add_argument("--put", metavar="TỆP", type=Path, help="danh sách mới (JSON), thay danh sách đang có")
    known.set_defaults(run=_sources)
    check = _deed(commands, "journal", "kiểm tra sổ ghi những gì đã ký")
    check.add_argument("folder", metavar="THƯ-MỤC", type=Path, help="thư mục của sổ ghi")
    check.set_defaults(run=_journal)
    return parser


def _deed(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--socket", metavar="TỆP", type=Path, required=True, help="ổ cắm Unix để nhận yêu cầu")
    parser.add_argument("--keys", metavar="THƯ-MỤC", type=Path, required=True, help="thư mục khóa của bộ phận ký")
    parser.add_argument(
        "--database", metavar="ĐỊA-CHỈ", default=os.environ.get(DATABASE_VARIABLE),
        help=f"cơ sở dữ liệu; có mật khẩu thì nên đặt trong {DATABASE_VARIABLE}",
    )  # fmt: skip
    parser.add_argument(
        "--journal",
        metavar="THƯ-MỤC",
        type=Path,
        help="nơi ghi sổ những gì đã ký (mặc định: journal trong thư mục khóa)",
    )
    parser.add_argument(
        "--allow-uid", metavar="SỐ", type=int, action="append", default=[],
        help="số của một tài khoản khác được yêu cầu ký; phải cùng nhóm",
    )  # fmt: skip
    parser.add_argument(
        "--accept-clock", action="store_true", help="tin giờ của máy dù trong sổ đã có chữ ký mang giờ muộn hơn"
    )
    parser.set_defaults(run=_serve)


def _key_command(parser: argparse.ArgumentParser, run: object) -> argparse.ArgumentParser:
    for name, whose in (("root", "khóa gốc"), ("signer", "khóa của bộ phận ký"), ("gateway", "khóa của cổng thiết bị")):
        parser.add_argument(f"--{name}", metavar="THƯ-MỤC", type=Path, required=True, help=f"thư mục {whose}")
    parser.set_defaults(run=run)
    return parser


def _serve(options: argparse.Namespace) -> None:
    if not options.database:
        raise CannotServe(f"chưa có cơ sở dữ liệu: hãy cho --database hoặc đặt {DATABASE_VARIABLE}")
    serve(
        path=options.socket,
        keys=options.keys,
        database=options.database,
        journal=options.journal,
        allowed=options.allow_uid,
        accept_clock=options.accept_clock,
        ready=lambda: print("ready", flush=True),
    )


def _init(options: argparse.Namespace) -> None:
    passphrase = _new_passphrase() if options.lock else ""
    made = keys.init(_folders(options), now=now_ms(), scope=options.scope, passphrase=passphrase, demo=options.demo)
    _show(made)


def _rotate(options: argparse.Namespace) -> None:
    folders = _folders(options)
    passphrase = _passphrase(folders)
    _show(keys.rotate(folders, Role(options.role), now=now_ms(), passphrase=passphrase, scope=options.scope))


def _add(options: argparse.Namespace) -> None:
    folders = _folders(options)
    _show(keys.add(folders, Role(options.role), options.scope, now=now_ms(), passphrase=_passphrase(folders)))


def _revoke(options: argparse.Namespace) -> None:
    folders = _folders(options)
    _show(keys.revoke(folders, options.kid, now=now_ms(), passphrase=_passphrase(folders)))


def _add_roles(options: argparse.Namespace) -> None:
    folders = _folders(options)
    _show(keys.add_roles(folders, now=now_ms(), passphrase=_passphrase(folders)))


def _renew(options: argparse.Namespace) -> None:
    folders = _folders(options)
    _show(keys.renew(folders, now=now_ms(), passphrase=_passphrase(folders)))


def _sources(options: argparse.Namespace) -> None:
    found = sources.put(options.folder, options.put.read_bytes()) if options.put else sources.read(options.folder)
    for slug, row in sorted(found.items()):
        print(f"{slug}: {row.source.name}; {', '.join(row.source.areas)}; mỗi giờ nhiều nhất {row.source.per_hour}")
    if not found:
        print("Không nguồn nào được phát thẳng: mọi tin đều chờ người.")


def _journal(options: argparse.Namespace) -> None:
    print(f"{journal.verify(options.folder)} chữ ký, chuỗi nguyên vẹn")


def _folders(options: argparse.Namespace) -> Folders:
    return Folders(options.root, options.signer, options.gateway)


def _passphrase(folders: Folders) -> str:
    if not root.is_locked(folders.root):
        return ""
    return os.environ.get(PASSPHRASE_VARIABLE) or getpass.getpass("Mật khẩu của khóa gốc: ")


def _new_passphrase() -> str:
    given = os.environ.get(PASSPHRASE_VARIABLE) or getpass.getpass("Mật khẩu mới cho khóa gốc: ")
    if len(given) < 12:
        raise KeyProblem("mật khẩu cần ít nhất 12 ký tự")
    if PASSPHRASE_VARIABLE not in os.environ and getpass.getpass("Gõ lại lần nữa: ") != given:
        raise KeyProblem("hai lần gõ không giống nhau")
    return given


def _show(made: Made) -> None:
    print(f"Dấu khóa gốc: {made.fingerprint}")
    print(f"Danh sách khóa số {made.keyset.revision}:")
    for key in made.keyset.keys:
        print(f"  {key.role:<10} {key.kid}  {key.scope}")
