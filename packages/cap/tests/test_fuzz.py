"""Whatever comes: an alert or a refusal with a code, never anything else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from cap import feeds, forms, reading, samples, signature, writing
from cap.model import Alert, Area, Circle, Pair, Point
from cap.refusals import Refused
from hypothesis import given, settings
from hypothesis import strategies as st

STATION = samples.sender()
SIGNED = signature.sign(samples.good()["unknown-elements"], STATION.key, STATION.certificate)
TRUSTED = [signature.load(STATION.certificate)]
CALM = settings(max_examples=150, deadline=None)


def taken(reader: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        return reader(data)
    except Refused:
        return None


@CALM
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    for reader in (reading.read, feeds.read, forms.from_json, signature.is_signed):
        taken(reader, data)


@CALM
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 60), st.binary(max_size=12))
def test_a_signed_document_with_a_piece_replaced_is_refused_or_says_the_same(at: int, length: int, new: bytes) -> None:
    data = SIGNED[:at] + new + SIGNED[at + length :]

    taken(reading.read, data)
    verified = taken(lambda one: signature.verify(one, TRUSTED, samples.NOW), data)

    assert verified is None or verified.alert == samples.good()["unknown-elements"]


@CALM
@given(st.lists(st.sampled_from(SIGNED.decode().replace("><", ">\0<").split("\0")), max_size=60))
def test_its_pieces_in_any_order_are_refused(pieces: list[str]) -> None:
    data = "".join(pieces).encode()

    taken(reading.read, data)
    assert taken(lambda one: signature.verify(one, TRUSTED, samples.NOW), data) is None


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=60)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.one_of(OFFSETS, st.just(UTC))).map(  # noqa: DTZ001
    lambda one: one.replace(microsecond=0, fold=0)
)


def rounded(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda value: round(value, 7))


POINTS = st.builds(Point, latitude=rounded(-90, 90), longitude=rounded(-180, 180))
RINGS = st.lists(POINTS, min_size=3, max_size=8, unique=True).map(lambda points: (*points, points[0]))
CIRCLES = st.builds(Circle, centre=POINTS, radius=rounded(0, 20_000))
PAIRS = st.builds(Pair, value_name=TEXT, value=TEXT)
AREAS = st.builds(
    Area,
    area_desc=TEXT,
    polygon=st.lists(RINGS, max_size=2).map(tuple),
    circle=st.lists(CIRCLES, max_size=2).map(tuple),
    geocode=st.lists(PAIRS, max_size=3).map(tuple),
)


@CALM
@given(TEXT, TEXT, INSTANTS, st.lists(PAIRS, max_size=3), st.lists(AREAS, max_size=2))
def test_whatever_is_written_is_read_the_same(
    headline: str, note: str, sent: datetime, pairs: list[Pair], areas: list[Area]
) -> None:
    info = samples.info(headline=headline, parameter=tuple(pairs), area=tuple(areas), expires=None, effective=None)
    alert: Alert = samples.alert(sent=sent, note=note, info=(info,))

    assert reading.read(writing.write(alert)) == alert
    assert forms.from_json(forms.to_json(alert)) == alert
