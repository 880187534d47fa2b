"""One sounding of one alert: what it begins with, what was said, what was not there to be said."""

from dataclasses import dataclass, field

import numpy as np
from devicelink.messages import Alert, Target, Voice

from speaker.alerts import late, sirens, words
from speaker.alerts.entry import Entry
from speaker.alerts.horn import Cry
from speaker.alerts.words import Words
from speaker.feeder import Feeder
from speaker.pcm import Piece, Reel
from speaker.renderer import milliseconds
from speaker.sink import Pcm


@dataclass(frozen=True, slots=True)
class Beginning:
    """`siren`: what is heard at once. `late`: it is the first time, and half an hour after it was issued, or more.

    `spoken`: its time of issue in words. `supplement`: no siren, only what of its words came too late for the round.
    """

    siren: Pcm
    late: bool = False
    spoken: tuple[Piece, ...] = ()
    supplement: bool = False

    @property
    def length_ms(self) -> int:
        """Of the siren."""
        return milliseconds(len(self.siren))


def begun(entry: Entry, target: Target, here: Words, now: int, utc_offset: int, *, supplement: bool) -> Beginning:
    """How this round begins. An exercise has its gong whatever the alert names; a cancel and a supplement no siren."""
    message = entry.message
    if supplement or not isinstance(message, Alert):
        return Beginning(sirens.siren(""), supplement=supplement)
    siren = sirens.siren(sirens.EXERCISE if entry.exercise else message.siren)
    if entry.progress.rounds > 1 or not late.is_late(message.issued, now):
        return Beginning(siren)
    spoken = late.time_of_issue(here.spoken, message.issued, utc_offset)
    gong = sirens.siren("" if spoken else sirens.LATE)
    return Beginning(np.concatenate((gong, siren)), late=True, spoken=spoken)


@dataclass(slots=True, eq=False)
class Round:
    """`planned`: the instant at which it was due. From `at` to about `until` (ms) it has the air."""

    entry: Entry
    target: Target
    beginning: Beginning
    planned: int
    at: int
    until: int
    cry: Cry | None = None
    said: set[str] = field(default_factory=set)
    _opened: bool = False

    def siren_left_ms(self) -> int:
        """Milliseconds of siren that are still to come."""
        assert self.cry is not None
        return milliseconds(len(self.beginning.siren) - self.cry.rendered())

    def put_words(self, feeder: Feeder, here: Words, *, at_once: bool = True) -> None:
        """Whatever is here and was not said yet follows what sounds. With the siren over nothing is waited for."""
        if not at_once or self.cry is None:
            return
        voice = self.cry.voice
        if voice.fed > len(self.beginning.siren) + self.cry.lead and not voice.complete:
            return  # they are being decoded
        pieces = here.pieces(sha256 for sha256 in words.sounds_of(self.target) if sha256 not in self.said)
        spoken = () if self._opened else self.beginning.spoken
        if self._opened and not pieces:
            return
        self._opened = True
        self.said |= {piece.sha256 for piece in pieces}
        if not pieces and not spoken:
            voice.complete = True
            return
        voice.complete = False
        feeder.feed(voice, Reel((*spoken, *pieces)))

    def lacking(self, here: Words) -> tuple[str, ...]:
        """What should have been said."""
        return tuple(sha256 for sha256 in words.sounds_of(self.target) if sha256 not in self.said)

    def unsaid(self) -> tuple[Voice, ...]:
        """Voices that were not there in time."""
        return tuple(voice for voice in self.target.voices if voice.sha256 not in self.said)
