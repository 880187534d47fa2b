"""Does what the people of the story do, by the real actions on the real database, in a process of its own.

One JSON object a line: {"do": name, ...} in, {"ok": value} or {"code": .., "error": ..} out.
"""

import json
import os
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

SLACK_S = 0


def place(fleet: str, waiting: dict[str, str]) -> list[str]:
    """The technician compares the fingerprint at each pole; names of those that are placed now."""
    from loa.demo import fleet as poles
    from loa.demo import seen
    from loa.devices.models import Device
    from loa.kernel.clock import now

    done = []
    for name, identifier in waiting.items():
        device = Device.objects.get(pk=identifier)
        poles.confirm([device], _person("son"), seen.fingerprints(Path(fleet) / name), now())
        device.refresh_from_db()
        if device.state == Device.State.PLACED:
            done.append(name)
    return done


def speak(title: str, text: str) -> str:
    """Lan has the notice spoken; the id of the sound that the worker will make."""
    from loa.kernel.clock import now
    from loa.media import actions as media
    from loa.media.reading.read import read
    from loa.media.voices import registry

    lan = _person("lan")
    sound = media.synthesise(
        actor=lan, area=_commune(), text=text, spoken=read(text).spoken, voice=_espeak(registry.choices()), title=title,
        now=now(),
    )  # fmt: skip
    return str(sound.pk)


def submit(title: str, text: str, sound: str, at_ms: int) -> str:
    """Lan writes the notice around the sound, hears it, asks for one air time; the id of the bulletin."""
    from loa.broadcasts import actions
    from loa.broadcasts.rules.targets import Target
    from loa.broadcasts.rules.times import When
    from loa.bulletins import actions as bulletins
    from loa.bulletins.rules import Draft
    from loa.kernel.clock import local, now
    from loa.media import actions as media

    lan, moment = _person("lan"), local(datetime.fromtimestamp(at_ms / 1000, UTC))
    draft = Draft(title=title, text=text, spoken=text, sound=uuid.UUID(sound), category="livelihood")
    bulletin = bulletins.create_draft(actor=lan, bulletin_id=uuid.uuid4(), area=_commune(), draft=draft, now=now())
    when = When(
        pattern="once", first_day=moment.date(), last_day=moment.date(), times=(f"{moment:%H:%M:%S}",), slack_s=SLACK_S
    )
    actions.propose(actor=lan, schedule_id=uuid.uuid4(), bulletin_id=bulletin.pk, when=when, target=Target(), now=now())
    version = bulletin.versions.latest("number")
    assert version.sound is not None
    bulletins.record_listening(actor=lan, version_id=version.pk, heard_ms=version.sound.duration_ms, now=now())
    media.note_heard(actor=lan, sound_id=version.sound.pk, spans=[], since=now(), now=now(), scripted=True)
    actions.submit(actor=lan, bulletin_id=bulletin.pk, now=now())
    return str(bulletin.pk)


def approve_as(username: str, bulletin: str) -> str:
    """Somebody tries to approve; the state of the schedule afterwards."""
    from loa.broadcasts import actions
    from loa.broadcasts.queries import asked
    from loa.kernel.clock import now

    waiting = asked.waiting(_commune(), now(), bulletin_id=uuid.UUID(bulletin))
    rows = actions.approve(actor=_person(username), seen={one.schedule.pk: one.digest for one in waiting}, now=now())
    return ",".join(row.state for row in rows)


def add_release(version: str, folder: str) -> str:
    """Whoever runs the server takes the packages in."""
    from loa.devices import actions
    from loa.kernel.clock import now

    packages = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    return str(actions.add_release(version=version, packages=packages, now=now()).pk)


def group_of(device: str, name: str) -> str:
    """A group that holds this loudspeaker alone; its id."""
    from loa.devices import actions
    from loa.devices.models import Device
    from loa.kernel.clock import now

    row = Device.objects.select_related("area").get(pk=device)
    return str(actions.save_group(actor=_person("son"), area=row.area, name=name, members=[row], now=now()).pk)


def move_rollouts() -> int:
    """What the worker does each minute; nobody wants to wait for its minute."""
    from loa.devices import actions
    from loa.kernel.clock import now

    return actions.move_rollouts(now=now())


DEEDS = {deed.__name__: deed for deed in (place, speak, submit, approve_as, add_release, group_of, move_rollouts)}


def _person(username: str) -> Any:
    from loa.people.models import User

    return User.objects.get(username=username)


def _commune() -> Any:
    from loa.areas.models import Area

    return Area.objects.get(path="vn.15.04531")


def _espeak(choices: list[Any]) -> str:
    return next(str(choice.id) for choice in choices if "espeak" in choice.id)


def answer(line: str) -> dict[str, object]:
    """Do one thing."""
    from django.db import close_old_connections

    from loa.kernel.errors import LoaError

    wish = json.loads(line)
    close_old_connections()
    try:
        return {"ok": DEEDS[wish.pop("do")](**wish)}
    except LoaError as error:
        return {"code": error.code, "error": error.message}


def main() -> None:
    """Until standard input ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    django.setup()
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)


if __name__ == "__main__":
    main()
