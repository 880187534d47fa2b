"""A disk in memory that forgets, at a power cut, what was not fsynced: parts of it, sector by sector.

`PlatterDisk` is a `speaker.disk.Disk`. SQLite is brought onto the same platter by a VFS of its own, made with ctypes,
so that the real pragmas of the real store are what is tested.
"""

import _sqlite3
import ctypes
import errno
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
OK, IOERR, SHORT_READ, NOT_FOUND, CANT_OPEN = 0, 10, 522, 12, 14
OPEN_CREATE, OPEN_DELETE_ON_CLOSE = 0x04, 0x08


class PowerCut(Exception):
    """The light went out in the middle of this operation."""


@dataclass
class Node:
    """One file: what readers see, what is on the platter, and the writes in between."""

    data: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # (offset, data) or (size, None) = truncate

    def write(self, data: bytes, at: int) -> None:
        _put(self.data, data, at)
        self.pending.append((at, data))

    def truncate(self, size: int) -> None:
        _resize(self.data, size)
        self.pending.append((size, None))

    def sync(self) -> None:
        self.durable, self.pending = bytes(self.data), []

    def after_cut(self, chance: random.Random) -> "Node":
        survivor = bytearray(self.durable)
        for at, data in self.pending:
            if data is None:
                if chance.random() < 0.5:
                    _resize(survivor, at)
                continue
            for start in range(0, len(data), SECTOR):
                if chance.random() < 0.5:
                    _put(survivor, data[start : start + SECTOR], at + start)
        return Node(survivor, bytes(survivor))


class Platter:
    """`cut_after` operations the power goes; None = never."""

    def __init__(self, cut_after: int | None = None) -> None:
        self.names: dict[str, Node] = {}
        self.durable_names: dict[str, Node] = {}
        self.left = cut_after
        self.dead = False
        self.count = 0

    def tick(self) -> None:
        """One operation that changes something. Raises PowerCut at the fatal one and at all later ones."""
        self.count += 1
        if self.left is not None:
            self.left -= 1
            self.dead = self.dead or self.left < 0
        if self.dead:
            raise PowerCut

    def sync_names(self, folder: str) -> None:
        inside = {name for name in {*self.names, *self.durable_names} if name.rpartition("/")[0] == folder}
        for name in inside:
            self.sync_name(name)

    def sync_name(self, name: str) -> None:
        if name in self.names:
            self.durable_names[name] = self.names[name]
        else:
            self.durable_names.pop(name, None)

    def after_cut(self, chance: random.Random) -> "Platter":
        """What a new start finds."""
        found = Platter()
        for name in {*self.names, *self.durable_names}:
            kept = chance.choice((self.names, self.durable_names)).get(name)
            if kept is not None:
                found.names[name] = kept.after_cut(chance)
        found.durable_names = dict(found.names)
        return found


def _put(target: bytearray, data: bytes, at: int) -> None:
    _resize(target, max(len(target), at + len(data)))
    target[at : at + len(data)] = data


def _resize(target: bytearray, size: int) -> None:
    if size < len(target):
        del target[size:]
    else:
        target.extend(bytes(size - len(target)))


class PlatterDisk:
    """See `speaker.disk.Disk`."""

    def __init__(self, platter: Platter) -> None:
        self.platter = platter

    def prepare(self, folder: Path) -> None:
        pass

    def connect(self, path: Path) -> sqlite3.Connection:
        if str(path) not in self.platter.names:
            self.platter.tick()
            self.platter.names[str(path)] = Node()
            self.platter.sync_name(str(path))
        return sqlite3.connect(
            f"file:{path}?vfs={vfs_for(self.platter)}", uri=True, isolation_level=None, check_same_thread=False
        )

    def append(self, path: Path, data: bytes, at: int) -> None:
        self.platter.tick()
        self.platter.names.setdefault(str(path), Node()).write(data, at)

    def sync(self, path: Path) -> None:
        self.platter.tick()
        self._node(path).sync()

    def publish(self, path: Path, target: Path) -> None:
        node = self._node(path)
        self.platter.tick()
        del self.platter.names[str(path)]
        self.platter.names[str(target)] = node
        self.platter.tick()
        self.platter.sync_names(str(target.parent))

    def read(self, path: Path) -> Iterator[bytes]:
        yield bytes(self._node(path).data)

    def size(self, path: Path) -> int:
        node = self.platter.names.get(str(path))
        return -1 if node is None else len(node.data)

    def remove(self, path: Path) -> None:
        self.platter.tick()
        self.platter.names.pop(str(path), None)

    def names(self, folder: Path) -> list[str]:
        return sorted(Path(name).name for name in self.platter.names if Path(name).parent == folder)

    def free(self, folder: Path) -> int:
        return 1 << 40

    def _node(self, path: Path) -> Node:
        node = self.platter.names.get(str(path))
        if node is None:
            raise OSError(errno.ENOENT, str(path))
        return node


# --- SQLite on the platter -------------------------------------------------------------------------------------------

_LIBRARY = ctypes.CDLL(_sqlite3.__file__)
_P, _I, _L, _S = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_char_p
_PI, _PL = ctypes.POINTER(_I), ctypes.POINTER(_L)
_FILE_CALLS = (
    ("xClose", (_P,)),
    ("xRead", (_P, _P, _I, _L)),
    ("xWrite", (_P, _P, _I, _L)),
    ("xTruncate", (_P, _L)),
    ("xSync", (_P, _I)),
    ("xFileSize", (_P, _PL)),
    ("xLock", (_P, _I)),
    ("xUnlock", (_P, _I)),
    ("xCheckReservedLock", (_P, _PI)),
    ("xFileControl", (_P, _I, _P)),
    ("xSectorSize", (_P,)),
    ("xDeviceCharacteristics", (_P,)),
)
_VFS_CALLS = (
    ("xOpen", (_P, _S, _P, _I, _PI)),
    ("xDelete", (_P, _S, _I)),
    ("xAccess", (_P, _S, _I, _PI)),
    ("xFullPathname", (_P, _S, _I, _P)),
)
_BORROWED = ("xDlOpen", "xDlError", "xDlSym", "xDlClose", "xRandomness", "xSleep", "xCurrentTime", "xGetLastError")


class _Methods(ctypes.Structure):
    _fields_ = [("iVersion", _I), *((name, ctypes.CFUNCTYPE(_I, *kinds)) for name, kinds in _FILE_CALLS)]


class _OpenFile(ctypes.Structure):
    _fields_ = [("methods", ctypes.POINTER(_Methods)), ("number", _L)]


class _Vfs(ctypes.Structure):
    _fields_ = [
        ("iVersion", _I),
        ("szOsFile", _I),
        ("mxPathname", _I),
        ("pNext", _P),
        ("zName", _S),
        ("pAppData", _P),
        *((name, ctypes.CFUNCTYPE(_I, *kinds)) for name, kinds in _VFS_CALLS),
        *((name, _P) for name in _BORROWED),
    ]


class _OnPlatter:
    """The calls of one VFS. SQLite's unix VFS syncs the folder together with a journal it made; so does this one."""

    def __init__(self, platter: Platter) -> None:
        self.platter = platter
        self.open: dict[int, tuple[str, Node, bool]] = {}
        self.last = 0
        methods = {name: kinds(getattr(self, _snake(name))) for name, kinds in _Methods._fields_[1:]}  # type: ignore[misc]
        self.methods = _Methods(1, **methods)

    def _file(self, pointer: int) -> tuple[str, Node, bool]:
        return self.open[_OpenFile.from_address(pointer).number]

    def _changes(self) -> bool:
        try:
            self.platter.tick()
        except PowerCut:
            return False
        return True

    def x_open(self, _vfs: int, name: bytes | None, pointer: int, flags: int, out: "ctypes._Pointer[_I]") -> int:
        path = name.decode() if name else f"/temporary-{self.last}"
        file = _OpenFile.from_address(pointer)
        made = path not in self.platter.names
        if made and (not flags & OPEN_CREATE or not self._changes()):
            file.methods = None
            return CANT_OPEN
        node = self.platter.names.setdefault(path, Node())
        self.last += 1
        self.open[self.last] = (path, node, made)
        file.number, file.methods = self.last, ctypes.pointer(self.methods)
        if out:
            out[0] = flags
        return OK

    def x_delete(self, _vfs: int, name: bytes, sync_folder: int) -> int:
        if not self._changes():
            return IOERR
        self.platter.names.pop(name.decode(), None)
        if sync_folder:
            self.platter.sync_name(name.decode())
        return OK

    def x_access(self, _vfs: int, name: bytes, _flags: int, out: "ctypes._Pointer[_I]") -> int:
        node = self.platter.names.get(name.decode())
        out[0] = int(node is not None and len(node.data) > 0)
        return OK

    def x_full_pathname(self, _vfs: int, name: bytes, size: int, out: int) -> int:
        ctypes.memmove(out, name + b"\0", min(size, len(name) + 1))
        return OK

    def x_close(self, pointer: int) -> int:
        self.open.pop(_OpenFile.from_address(pointer).number, None)
        return OK

    def x_read(self, pointer: int, out: int, count: int, at: int) -> int:
        data = bytes(self._file(pointer)[1].data[at : at + count])
        ctypes.memmove(out, data.ljust(count, b"\0"), count)
        return OK if len(data) == count else SHORT_READ

    def x_write(self, pointer: int, data: int, count: int, at: int) -> int:
        if not self._changes():
            return IOERR
        self._file(pointer)[1].write(ctypes.string_at(data, count), at)
        return OK

    def x_truncate(self, pointer: int, size: int) -> int:
        if not self._changes():
            return IOERR
        self._file(pointer)[1].truncate(size)
        return OK

    def x_sync(self, pointer: int, _flags: int) -> int:
        if not self._changes():
            return IOERR
        path, node, made = self._file(pointer)
        node.sync()
        if made:
            self.platter.sync_name(path)
        return OK

    def x_file_size(self, pointer: int, out: "ctypes._Pointer[_L]") -> int:
        out[0] = len(self._file(pointer)[1].data)
        return OK

    def x_lock(self, _pointer: int, _level: int) -> int:
        return OK

    def x_unlock(self, _pointer: int, _level: int) -> int:
        return OK

    def x_check_reserved_lock(self, _pointer: int, out: "ctypes._Pointer[_I]") -> int:
        out[0] = 0
        return OK

    def x_file_control(self, _pointer: int, _what: int, _argument: int) -> int:
        return NOT_FOUND

    def x_sector_size(self, _pointer: int) -> int:
        return SECTOR

    def x_device_characteristics(self, _pointer: int) -> int:
        return 0


def _snake(name: str) -> str:
    """ "xFileSize" -> "x_file_size"."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


class _Registered:
    """One VFS for ever (SQLite keeps the pointer); the platter behind it changes."""

    def __init__(self) -> None:
        self.calls = _OnPlatter(Platter())
        self.name = b"platter"
        find = _LIBRARY.sqlite3_vfs_find
        find.restype, find.argtypes = ctypes.POINTER(_Vfs), [_S]
        plain = find(None).contents
        self._functions = [kinds(self._call(name)) for name, kinds in _Vfs._fields_[6:10]]  # type: ignore[misc]
        borrowed = [getattr(plain, name) for name in _BORROWED]
        self.vfs = _Vfs(1, ctypes.sizeof(_OpenFile), 512, None, self.name, None, *self._functions, *borrowed)
        _LIBRARY.sqlite3_vfs_register.argtypes = [ctypes.POINTER(_Vfs), _I]
        assert _LIBRARY.sqlite3_vfs_register(ctypes.byref(self.vfs), 0) == OK

    def _call(self, name: str) -> object:
        return lambda *arguments: getattr(self.calls, _snake(name))(*arguments)


_registered: _Registered | None = None
_kept: list[_OnPlatter] = []


def vfs_for(platter: Platter) -> str:
    """The name of a VFS that opens files on this platter."""
    global _registered
    _registered = _registered or _Registered()
    _kept.append(_registered.calls)  # connections that are still open go on using it
    _registered.calls = _OnPlatter(platter)
    return _registered.name.decode()
