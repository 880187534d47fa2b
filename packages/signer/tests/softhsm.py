"""A real PKCS#11 token made of software: SoftHSM, as `.ci/softhsm` brings it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pkcs11
from signer.token import TokenPlace, TokenStore

BESIDE = Path(".venv/softhsm/usr").absolute()
PIN = "quy-mong-2026"
ABSENT = "SoftHSM is not on this machine; bring it with: sudo apt-get install softhsm2 (make test does, in CI always)"


def tool() -> str | None:
    """The program that makes tokens."""
    return shutil.which("softhsm2-util") or shutil.which("softhsm2-util", path=str(BESIDE / "bin"))


def module() -> Path | None:
    """The library that signs."""
    for base in (Path("/usr"), Path("/usr/local"), BESIDE):
        for pattern in ("lib/softhsm/libsofthsm2.so", "lib/*/softhsm/libsofthsm2.so", "lib64/pkcs11/libsofthsm2.so"):
            if found := sorted(base.glob(pattern)):
                return found[0]
    return None


@dataclass(frozen=True)
class Tokens:
    """A folder of tokens, one for all tests of a process: the library reads where it lies once."""

    folder: Path

    def make(self, label: str) -> TokenPlace:
        """A new, empty token and the file with its PIN."""
        program, library = tool(), module()
        assert program
        assert library
        command = [program, "--module", str(library), "--init-token", "--free", "--label", label]
        subprocess.run([*command, "--pin", PIN, "--so-pin", "so-" + PIN], check=True, capture_output=True, timeout=60)
        for store in TokenStore._known.values():
            store.close()
        pkcs11.lib(str(library)).reinitialize()  # or it would not see what another process made
        pin = self.folder / f"{label}.pin"
        pin.touch(mode=0o600)
        pin.write_text(PIN + "\n")
        return TokenPlace(module=str(library), label=label, pin_file=str(pin))


def started(folder: Path) -> Tokens:
    """Say where tokens lie, before the library is loaded. `make test` leaves the mark `token` out without SoftHSM."""
    assert tool() is not None, ABSENT
    assert module() is not None, ABSENT
    places = folder / "tokens"
    places.mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {places}\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    return Tokens(folder)
