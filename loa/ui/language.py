"""Tells English that slipped onto a page from Vietnamese, by words that Vietnamese pages never need."""

import re

# Words that stand in nearly every English sentence of a web page and are no Vietnamese syllable without marks.
ENGLISH = frozenset(
    """
    about accept account action add address after again all already also and another any apply are available back be
    because been before below between both browser but button by can cannot change check choose click close code confirm
    continue correct create current data delete description device did disable does done down edit either email-address
    empty enable enter error every existing expired failed field file find first following forgot found from full get go
    has have here home how if incorrect information invalid is it its know last less like link list loading log login
    logout make may members message missing more must name need new next no not number of off ok on one only open option
    optional or other our out page password please press previous provide read reason remember remove required reset
    result retry save search secret security select send session set settings shall should show sign some something
    start status stop submit success that the their them then there these they this time to token too try unable unknown
    update upload use user username using valid value verify very view was we welcome were what when where which while
    who why will with without wrong yes yet you your
    """.split()  # noqa: SIM905
)
# Also Vietnamese syllables, letters of codes or names that people write as they are.
BOTH = frozenset("an be but can cho co con do em go ho in la lo may me men nay no on so the to vi voi xem".split())  # noqa: SIM905
WORD = re.compile(r"[^\W\d_]+")


def english_words(text: str) -> list[str]:
    """The English words in a text, in order, once each. Names of products and file types are not among them."""
    found = (word.lower() for word in WORD.findall(text))
    return list(dict.fromkeys(word for word in found if word in ENGLISH and word not in BOTH))
