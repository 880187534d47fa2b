"""The people of Quy Mông who may vouch for alerts, their passkeys, and a desk that asks nobody else."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from devicelink import signing
from devicelink.golden import world
from devicelink.jws import decode64, encode64
from devicelink.keyfiles import KeyFolder
from devicelink.messages import Alert, Audience, Cancel
from devicelink.signing import Failure, Outcomes, Sign, Signed
from devicelink.vouching import Word
from signer import authenticator, confirmers
from signer.authenticator import Passkey
from signer.confirmers import Confirmer, Site
from signer.facts import Database
from signer.journal import Journal
from signer.keys import Folders
from signer.work import Desk

NOW = world.NOW
RP, ORIGIN = "loa.laocai.example", "https://loa.laocai.example"
LAN, THANH, BAO, MAI = "11", "12", "18", "31"
SCOPES = {LAN: world.COMMUNE, THANH: world.COMMUNE, BAO: "vn.15", MAI: world.NEIGHBOUR}
NOWHERE = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"


@dataclass
class Town:
    """The signer's host: `folders` its keys, `keys` the passkeys of people, `now` its clock."""

    folders: Folders
    now: int = NOW
    keys: dict[str, Passkey] = field(default_factory=dict)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        confirmers.write_site(self.folders.signer, Site(rp_id=RP, origins=(ORIGIN,)))
        for user, scope in SCOPES.items():
            self.keys[user] = authenticator.make()
            self.admit(user, self.keys[user], scope=scope)
        self.restart()

    def admit(self, user: str, key: Passkey, **changes: Any) -> None:
        """Put a passkey into the list."""
        fields: dict[str, Any] = {
            "user": user,
            "name": f"Người {user}",
            "scope": world.COMMUNE,
            "credential": encode64(key.credential),
            "public": key.public,
            "valid_from": NOW - world.DAY,
            "valid_to": NOW + world.DAY,
            "rights": ("alert",),
        }
        confirmers.add(self.folders.signer, Confirmer(**(fields | changes)))

    def rewrite(self, user: str, **changes: Any) -> None:
        """Change a row of the list as an operator might."""
        path = self.folders.signer / confirmers.CONFIRMERS_FILE
        rows = json.loads(path.read_text())
        path.write_text(json.dumps([row | changes if row["user"] == user else row for row in rows]))

    def allow_break_glass(self, *areas: str) -> None:
        """One person is enough there."""
        site = confirmers.read_site(self.folders.signer)
        confirmers.write_site(self.folders.signer, msgspec.structs.replace(site, break_glass=areas))

    def restart(self, journal: Path | None = None) -> None:
        """The signer ends and begins again; it has no database."""
        path = journal or self.folders.signer / "journal"
        self.desk = Desk(KeyFolder(self.folders.signer), Database(NOWHERE), Journal(path), lambda: self.now)

    def ask(self, message: Alert | Cancel, *words: Word, cap: str = "") -> Signed:
        """What the signer answers."""
        answer = self.desk.answer(Sign(jobs=(signing.job(message, words=words, cap=cap),)), "uid=1 pid=1")
        if isinstance(answer, Failure):
            return Signed(code=answer.code, detail=answer.detail)
        assert isinstance(answer, Outcomes)
        return answer.outcomes[0]

    def code(self, message: Alert | Cancel, *words: Word, cap: str = "") -> str:
        """Why it was not signed, "" if it was."""
        found = self.ask(message, *words, cap=cap)
        if found.jws:
            assert msgspec.json.decode(decode64(found.jws.split(".")[1]), type=type(message)) == message
        return found.code

    def word(self, message: Alert | Cancel, user: str = LAN, part: str = "author", **how: Any) -> Word:
        """This person's word, a minute ago."""
        at = how.pop("at", self.now - world.MINUTE)
        key = how.pop("key", None) or self.keys[user]
        place = {"rp_id": RP, "origin": ORIGIN}
        return key.vouch(message, part=part, user=user, at=at, **(place | how))  # type: ignore[arg-type]

    def both(self, message: Alert | Cancel, author: str = LAN, confirmer: str = THANH) -> tuple[Word, Word]:
        """The two words that an actual alert needs."""
        return self.word(message, author), self.word(message, confirmer, "confirmer")

    def said(self, message: Alert | Cancel, author: str = LAN, confirmer: str = THANH) -> str:
        """Asked for with both words: the code, "" = signed."""
        return self.code(message, *self.both(message, author, confirmer))


def province(**changes: Any) -> Alert:
    """An alert for the whole province."""
    return world.alert(**({"audience": Audience(area="vn.15")} | changes))
