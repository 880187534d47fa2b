"""What the supervisor needs to know of one process that it keeps alive."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Exit code of a piece of work that was refused: the last line of its log says why, in Vietnamese.
REFUSED = 2


def nothing() -> None:
    """Nothing to do before a start."""


def always() -> bool:
    """For a child that cannot be asked: it is well while it lives."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One supervised process. `label` is what people read, `name` is its log file.

    `before` runs before every start and may raise postgres.Unusable; `ready` says that others may now rely on it;
    `well` is asked while it runs, a child that stays unwell is started anew. `stop` is the signal that ends it cleanly,
    `patience` and `grace` are seconds: until ready, and from that signal to SIGKILL. A child that is not `needed` may
    fail without stopping the others; one that runs `once` is done when it ends well, and `after` is called then.
    A `port` must be listened on by this very child before it counts as ready: somebody else may answer there. `options`
    go to Popen.
    """

    name: str
    label: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    ready: Callable[[], bool] = always
    well: Callable[[], bool] = always
    before: Callable[[], None] = nothing
    stop: int = signal.SIGTERM
    patience: float = 120.0
    grace: float = 10.0
    needed: bool = True
    once: bool = False
    port: int = 0
    after: Callable[[], None] = nothing
    options: Mapping[str, Any] = field(default_factory=dict)


def no_work() -> Sequence[Child]:
    """Nothing to do before a step."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Children that start together, after what `first` returns has run to its end (migrations and the like).

    All are asked only when their turn comes, so they can rely on what earlier steps made. `ahead` are children of a
    later step that load meanwhile: they must wait by themselves until they may begin.
    """

    children: Callable[[], Sequence[Child]]
    first: Callable[[], Sequence[Child]] = no_work
    ahead: Callable[[], Sequence[Child]] = no_work
