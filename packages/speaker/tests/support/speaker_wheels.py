"""Releases of the agent as real wheels: the packages of this checkout under another version, whole or broken."""

import base64
import hashlib
import io
import os
import sysconfig
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import speaker
import speaker_village as village
from devicelink.messages import Audience, Manifest, Wheel

PACKAGES = Path(speaker.__file__).parents[3]
DAY = 86_400_000
Change = Callable[[str, bytes], bytes]


@dataclass(frozen=True)
class Release:
    """`files`: by hash, as the platform hands them out."""

    version: str
    wheels: tuple[Wheel, ...]
    files: Mapping[str, bytes]

    def manifest(self, now: int, device: str = village.DEVICE, **changes: object) -> Manifest:
        facts: dict[str, object] = {
            "audience": Audience(device=device),
            "revision": now,
            "issued": now,
            "order": f"order-{self.version}",
            "release": self.version,
            "wheels": self.wheels,
            "python": (sysconfig.get_python_version(),),
            "expires": now + DAY,
        }
        return Manifest(**(facts | changes))  # type: ignore[arg-type]


def release(version: str, change: Change = lambda _name, data: data) -> Release:
    """All that a slot needs. What is not ours is taken from the environment of the test by a path file."""
    ours = [
        wheel(f"loa_{name}", version, sources(PACKAGES / name / "src", change))
        for name in ("airtime", "devicelink", "speaker")
    ]
    path = sysconfig.get_paths()["platlib"].encode()
    made = [*ours, wheel("loa_surroundings", version, {"surroundings.pth": path})]
    files = {hashlib.sha256(data).hexdigest(): data for _, data in made}
    wheels = tuple(Wheel(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data)) for name, data in made)
    return Release(version, wheels, files)


def sources(folder: Path, change: Change) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {name: change(name, path.read_bytes()) for path in found for name in [str(path.relative_to(folder))]}


def wheel(name: str, version: str, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """File name and content of a wheel (PEP 427)."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    whole = {**files, f"{info}/METADATA": metadata.encode(), f"{info}/WHEEL": tags.encode()}
    record = "".join(f"{path},{_digest(data)},{len(data)}\n" for path, data in whole.items()) + f"{info}/RECORD,,\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, data in {**whole, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), data)
    return f"{name}-{version}-py3-none-any.whl", out.getvalue()


def _digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def surroundings() -> dict[str, str]:
    """The environment of a child that must find its own packages first."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONWARNINGS": "ignore"}
