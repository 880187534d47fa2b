"""The one place that says which rule comes first. What an earlier rule has taken no later one touches."""

from loa.media.reading.rules import (
    clock,
    codes,
    coordinates,
    dates,
    documents,
    figures,
    lists,
    months,
    phones,
    places,
    rates,
    roads,
    roman,
    signs,
    web,
    weekdays,
)
from loa.media.reading.rules.base import Rule

# Before the words of the lexicon: shapes with figures, the longest and most particular first.
EARLY: tuple[Rule, ...] = (
    *web.RULES,  # an address is full of dots, digits and capitals that mean nothing by themselves
    *lists.RULES,  # marks at the start of a line are no signs and no numbers
    *documents.RULES,  # 27/2026/QĐ-UBND holds a month, a year and two abbreviations
    *codes.PLATES,  # 29H-123.45 is a car, not an hour
    *coordinates.RULES,  # 21°45'N is neither warmth nor minutes
    *clock.RULES,  # 7h30-9h is no span of figures, 24/7 no fraction
    *phones.RULES,  # 0912.345.678 is no number with thousands, (0216) 3.852.123 neither
    *roads.RULES,  # ĐT166 is no telephone and no code, Km12+300 no sum
    *places.RULES,  # P.5 is a ward before it is a code
    *codes.FIXED,  # 21C-123.45, 471E12.1, lớp 9A1: before amounts, since A is also ampere
    *months.RULES,  # T11/2026 is a month, T2 to T7 are weekdays
    *weekdays.RULES,  # thứ 2-4-6 before spans
    *dates.RULES,  # 15.8.2026 before decimals, 3/4 before fractions, 2026-2027 before spans
    *roman.COUNTED,  # numerals behind their words: V is also volts
    *figures.RULES,  # what is counted and measured; before the lexicon, since KV is also an area
)
# After the words of the lexicon: what could be one of them.
LATE: tuple[Rule, ...] = (
    *codes.RULES,  # COVID-19 has the shape of a code
    *rates.RULES,
    *roman.ALONE,
    *signs.RULES,
    codes.MIXED,
)
RULES: tuple[Rule, ...] = (*EARLY, *LATE)
