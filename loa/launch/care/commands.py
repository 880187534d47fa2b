"""The command lines of backup and restore."""

import argparse
import getpass
import sys
from pathlib import Path

from loa.config import env
from loa.kernel import clock
from loa.launch import beside, postgres, trouble
from loa.launch.care import archive, box, dump
from loa.launch.care import backup as making
from loa.launch.care import restore as reading
from loa.launch.supervisor import StartFailed

_EXPECTED = (
    archive.Damaged, box.WrongPassphrase, dump.DumpFailed, reading.NotEmpty, reading.TooNew, beside.NoDatabase,
    postgres.Unusable, StartFailed, FileExistsError,
)  # fmt: skip


def backup(arguments: argparse.Namespace) -> int:
    """`loa backup FILE`; returns the exit code."""
    file = Path(arguments.file).absolute()
    try:
        passphrase = _passphrase(arguments.passphrase_file, twice=True)
        with beside.database(lambda line: print(line, file=sys.stderr)) as url:
            now, settings = clock.to_ms(clock.now()), env.read()
            manifest = making.write(file, env=settings, database_url=url, passphrase=passphrase, now_ms=now)
    except _EXPECTED as error:
        return _failed(error)
    except OSError as error:
        return _failed(error)
    size = file.stat().st_size / 1_000_000
    print(f"Đã sao lưu {len(manifest.members)} mục vào {file} ({size:.1f} MB).")
    for folder in making.unseen(settings):
        print(
            f"CHÚ Ý: khóa trong {folder} không có trong tệp này vì tài khoản này không thấy chúng. Hãy cất riêng chúng."
        )
    print("Hãy cất tệp này và mật khẩu ở hai nơi khác nhau. Không có mật khẩu thì không lấy lại được khóa ký.")
    return 0


def restore(arguments: argparse.Namespace) -> int:
    """`loa restore FILE [--var DIR]`; returns the exit code."""
    file = Path(arguments.file).absolute()
    var = Path(arguments.var).absolute() if arguments.var else env.read_var()
    try:
        passphrase = _passphrase(arguments.passphrase_file, twice=False)
        manifest = reading.read(file, var=var, passphrase=passphrase, now=clock.now())
    except _EXPECTED as error:
        return _failed(error)
    except OSError as error:
        return _failed(error)
    made = clock.local(clock.from_ms(manifest.created))
    print(f"Đã dựng lại {len(manifest.members)} mục (sao lưu lúc {made:%H:%M %d/%m/%Y}) vào {var}.")
    print("Nhật ký sẽ ghi lần dựng lại này khi Loa khởi động; `loa audit verify` nhắc lại nó.")
    print("Chạy tiếp bằng `loa up` (đặt LOA_VAR nếu thư mục khác mặc định). Lịch phát sẽ được ký lại và gửi xuống loa.")
    return 0


def _failed(error: Exception) -> int:
    print(trouble.words(error) if isinstance(error, OSError) and trouble.words(error) else error, file=sys.stderr)
    return 1


def _passphrase(file: str, *, twice: bool) -> str:
    """From a file, or asked for; a mistyped new one would lose the keys, so it is asked for twice."""
    if file:
        return Path(file).read_text().strip()
    given = getpass.getpass("Mật khẩu giữ phần khóa: ")
    if twice and getpass.getpass("Gõ lại lần nữa: ") != given:
        raise box.WrongPassphrase("Hai lần gõ không giống nhau.")
    return given
