"""Two releases of the agent for the simulated loudspeakers: one that works, one that fails in a share of them.

They hold no software: simulated loudspeakers only pretend (`speaker.update.pretended`), real ones refuse them.
"""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from loa.devices import actions
from loa.devices.models import Release


@dataclass(frozen=True, slots=True)
class Sample:
    """`crashes`: in how many percent of the loudspeakers it ends at once."""

    version: str
    crashes: int
    note: str


SAMPLES = (
    Sample("0.2.0", 0, "Bản mẫu chạy tốt, để xem cập nhật theo từng đợt."),
    Sample("0.3.0", 40, "Bản mẫu có lỗi, để xem tự dừng: khoảng 40% số loa mô phỏng tự quay lại bản cũ."),
)


def prepare(now: datetime) -> None:
    """Ready to be proposed; may be called again."""
    known = set(Release.objects.values_list("version", flat=True))
    for sample in SAMPLES:
        if sample.version not in known:
            actions.add_release(version=sample.version, packages=_packages(sample), note=sample.note, now=now)


def _packages(sample: Sample) -> dict[str, bytes]:
    name = f"loa_speaker-{sample.version}"
    files = {
        "loa_speaker/simulation.json": json.dumps({"crashes": sample.crashes}).encode(),
        f"{name}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: loa-speaker\nVersion: {sample.version}\n".encode(),
        f"{name}.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: loa\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    return {f"{name}-py3-none-any.whl": _wheel(files, f"{name}.dist-info/RECORD")}


def _wheel(files: Mapping[str, bytes], record: str) -> bytes:
    """PEP 427, the same bytes whenever it is made."""
    lines = [f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in files.items()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in {**files, record: "".join([*lines, f"{record},,\n"]).encode()}.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
