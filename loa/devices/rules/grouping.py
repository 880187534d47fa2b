"""Groups whose members follow a rule: kind of device, hamlet, former commune, number of horns. Pure."""

from dataclasses import dataclass

import msgspec


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is set must fit; what is empty asks nothing. Areas are paths; horns 0 = not asked."""

    kind: str = ""
    hamlets: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    least_horns: int = 0
    most_horns: int = 0

    @property
    def is_empty(self) -> bool:
        """It asks nothing: everybody would be in it."""
        return self == Rule()


@dataclass(frozen=True, slots=True)
class Stand:
    """What a rule looks at of one device. `horns` 0 = nobody has written how many there are."""

    device: str
    kind: str
    hamlet: str = ""
    former: str = ""
    horns: int = 0


def fits(rule: Rule, one: Stand) -> bool:
    """Whether the device belongs to the group. Of unknown horns nothing is assumed."""
    return (
        rule.kind in ("", one.kind)
        and (not rule.hamlets or one.hamlet in rule.hamlets)
        and (not rule.former or one.former in rule.former)
        and (not rule.least_horns or one.horns >= rule.least_horns)
        and (not rule.most_horns or 0 < one.horns <= rule.most_horns)
    )


def read(stored: object) -> Rule | None:
    """From its stored JSON; None for a group that was chosen by hand."""
    return None if stored is None else msgspec.convert(stored, Rule)
