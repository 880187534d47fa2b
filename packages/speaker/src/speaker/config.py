"""Everything that can be set about one agent."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def _version() -> str:
    """Run from bare sources it is no release at all, and below every one."""
    try:
        return version("loa-speaker")
    except PackageNotFoundError:
        return "0.0.0"


VERSION = _version()
AGENT = f"loa-speaker/{VERSION}"


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the agent is; all in seconds. Tests and demonstrations are less patient than villages.

    `first_login`: the first try after a start or a loss comes after a uniform delay up to this, so that a province that
    gets its power back does not log in in the same second; each later try waits up to twice as long, at most `longest`,
    and `refused` after ten refusals in a row. A link that was quiet for `quiet` is asked for a sign of life, and given
    up when none comes within `pong`.
    """

    first_login: float = 15.0
    longest: float = 60.0
    refused: float = 300.0
    quiet: float = 30.0
    pong: float = 20.0
    beat: float = 30.0
    hello: float = 3_600.0
    answer: float = 10.0
    fetch_jitter: float = 0.5
    prefetch_jitter: float = 30.0
    retry: float = 5.0
    time: float = 6 * 3_600.0
    proofs: float = 60.0
    update: float = 60.0
    voice_jitter: float = 20.0


QUICK = Pace(
    first_login=0.5,
    longest=5.0,
    refused=10.0,
    answer=3.0,
    fetch_jitter=0.2,
    prefetch_jitter=0.3,
    retry=0.5,
    update=2.0,
    voice_jitter=2.0,
)


@dataclass(frozen=True, slots=True)
class Config:
    """`folder`: state of this loudspeaker. `ca`: PEM file of the only authority that is believed (TLS).

    `engine_url` and `gateway_url` replace what enrolment told ("mqtt://host:port", "http://host:port"; mqtts, https).
    `ear`: what it hears itself with (`selftest.ear.named`), "" = nothing; `daily`: it tests itself once a day.
    `tuner` and `inputs` are folders of simulated stations and audio inputs (`relay.tuner`); None = the real ones.
    `fm` and `capture` are the programs of real receivers and inputs (`relay.receiver`). `trim_ms`: a live voice sounds
    so much later here than elsewhere (2.9 ms for each metre to the loudspeaker it should blend with).
    """

    folder: Path
    gateway_url: str = ""
    engine_url: str = ""
    ca: Path | None = None
    pace: Pace = Pace()
    cache_bytes: int = 2 << 30
    reserve_bytes: int = 64 << 20
    tuner: Path | None = None
    inputs: Path | None = None
    ear: str = ""
    daily: bool = True
    fm: str = ""
    capture: str = ""
    trim_ms: float = 0.0
