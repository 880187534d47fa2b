"""Lists of edits as a person could have made them: every operation fits what the ones before have left."""

from uuid import UUID

from hypothesis import strategies as st

from loa.media import rules
from loa.media.editing.edits import Cut, Edits, FadeIn, FadeOut, Gain, Join, Op, Silence, Trim
from loa.media.editing.timeline import lay

JINGLE = UUID("00000000-0000-4000-8000-000000000001")
STATION = UUID("00000000-0000-4000-8000-000000000002")


@st.composite
def ops(draw: st.DrawFn, total: int) -> Op:
    """One operation on a result of `total` ms."""
    start = draw(st.integers(0, total - 40))
    end = draw(st.integers(start + 30, total))
    kind = draw(st.sampled_from([Cut, Trim, FadeIn, FadeOut, Gain, Silence, Join]))
    if kind is Gain:
        return Gain(start, end, draw(st.sampled_from([-24.0, -6.0, -2.5, 3.0, 6.0])))
    if kind is Silence:
        return Silence(start, draw(st.integers(100, 3000)))
    if kind is Join:
        return Join(start, draw(st.sampled_from([JINGLE, STATION])), draw(st.integers(500, 5000)))
    return kind(start, end)  # type: ignore[no-any-return]


@st.composite
def lists(draw: st.DrawFn, length: int, most: int = 8) -> Edits:
    """A list that `lay` takes; an operation that would be refused is left out."""
    edits = Edits(clarity=draw(st.booleans()))
    total = length
    for _ in range(draw(st.integers(0, most))):
        longer = Edits((*edits.ops, draw(ops(total))), edits.clarity)
        try:
            total = lay(longer, length).length
        except rules.Unfit:
            continue
        edits = longer
    return edits
