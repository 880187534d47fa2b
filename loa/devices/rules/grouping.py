"""Groups whose members follow a rule: kind of device, hamlet, former commune, number of horns. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

KINDS: Mapping[str, str] = {"speaker": "là cụm loa", "board": "là bảng tin điện tử"}
MOST_HORNS = 12  # on one pole; more is a slip of the keyboard


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


def words(rule: Rule, names: Mapping[str, str]) -> str:
    """The rule as people say it: "ở Thôn 3 hoặc Thôn 5; trên cột có từ 2 loa". `names` of areas by path."""
    said = [KINDS[rule.kind]] if rule.kind in KINDS else []
    if rule.hamlets:
        said.append(f"ở {_either(rule.hamlets, names)}")
    if rule.former:
        said.append(f"trước đây thuộc {_either(rule.former, names)}")
    if rule.least_horns or rule.most_horns:
        said.append(f"trên cột có {_horns(rule.least_horns, rule.most_horns)} loa")
    return "; ".join(said)


def _either(paths: Sequence[str], names: Mapping[str, str]) -> str:
    return " hoặc ".join(names.get(path, "nơi không còn trong danh mục") for path in paths)


def _horns(least: int, most: int) -> str:
    if least and most:
        return f"{least}" if least == most else f"từ {least} đến {most}"
    return f"từ {least}" if least else f"nhiều nhất {most}"


def read(stored: object) -> Rule | None:
    """From its stored JSON; None for a group that was chosen by hand."""
    return None if stored is None else msgspec.convert(stored, Rule)
