"""A weather service whose signed documents may sound without people, and a web process that would like more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cap import model, samples, signature
from devicelink.golden import world
from devicelink.keyfiles import KeyProblem
from devicelink.messages import Alert, Audience, Cancel, Target, Voice, Where
from devicelink.refusals import Reason
from signer import cli, sources
from signer.keys import Folders, Made
from signer.sources import Place, Trusted

from .officers import NOW, Town

AT = datetime.fromtimestamp(NOW / 1000, UTC)
STATION = samples.sender()
PLACES = (
    Place(path="vn.15", code="15"),
    Place(path=world.COMMUNE, code="04531"),
    Place(path="vn.15.04537", code="04537"),
)
ROW = Trusted(source=samples.source(), certificates=(STATION.certificate,), sirens={"lu-quet": "flood"}, places=PLACES)


@pytest.fixture
def town(folders: Folders, made: Made) -> Town:
    trust(folders)
    return Town(folders)


def trust(folders: Folders, **changes: Any) -> None:
    row = msgspec.structs.replace(ROW, source=samples.source(**changes))
    sources.put(folders.signer, msgspec.json.encode({"dai": row}))


def said(number: int = 1, info: dict[str, Any] | None = None, **changes: Any) -> model.Alert:
    """What the station writes now."""
    part = samples.info(**({"effective": None, "expires": AT + timedelta(hours=2)} | (info or {})))
    fields = {"identifier": f"VN-{number}", "sent": AT - timedelta(seconds=5), "info": (part,)}
    return samples.alert(**(fields | changes))


def signed(document: model.Alert, station: samples.Sender = STATION) -> str:
    return signature.sign(document, station.key, station.certificate).decode()


def wished(document: model.Alert, paths: tuple[str, ...] = (world.COMMUNE,), **changes: Any) -> Alert:
    return msgspec.structs.replace(sources.alert_of("dai", ROW, document, paths, issued=NOW), **changes)


def code(town: Town, document: model.Alert, message: Alert | Cancel | None = None, **how: Any) -> str:
    return town.ask(message or wished(document), cap=signed(document, **how)).code


def test_a_trusted_station_wakes_the_commune_it_names(town: Town) -> None:
    outcome = town.ask(wished(said()), cap=signed(said()))

    assert (outcome.code, bool(outcome.jws)) == ("", True)


CHANGES: dict[str, dict[str, Any]] = {
    "wider": {"audience": Audience(area="vn.15")},
    "elsewhere": {"audience": Audience(area="vn.15.04537")},
    "graver": {"severity": "extreme"},
    "longer": {"expires": NOW + 3 * world.HOUR},
    "another event": {"event": "bao"},
    "another siren": {"siren": "fire"},
    "more often": {"repeat": 60_000},
    "nobody may cut in": {"keep": 60_000},
    "other words": {"headline": "Chạy đi"},
    "another source": {"source": "Đài khác"},
    "an issuer": {"issuer": "Chủ tịch tỉnh"},
    "a drill": {"status": "exercise"},
    "another level": {"level": "centre"},
    "another id": {"id": "cap-dai-000000000000000000000000"},
    "an id of people": {"id": "al-1"},
    "a source that is none": {"id": "cap-ai-000000000000000000000000"},
    "a voice": {"targets": (Target(id="cap", voices=(Voice(sha256="a" * 64, size=10, duration=10),)),)},
    "a prompt": {"targets": (Target(id="cap", prompts=("a" * 64,)),)},
    "a part of the place": {"targets": (Target(id="cap", where=Where(devices=("spk-1",))),)},
}


@pytest.mark.parametrize("changes", list(CHANGES.values()), ids=list(CHANGES))
def test_a_hostile_web_process_changes_nothing_of_it(town: Town, changes: dict[str, Any]) -> None:
    assert code(town, said(), wished(said(), **changes)) != ""


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (said(info={"severity": "Extreme"}), Reason.NOT_APPROVED),
        (said(info={"event": "Núi lửa", "event_code": ()}), Reason.MALFORMED),
        (said(status="Exercise"), Reason.NOT_APPROVED),
        (said(scope="Private", addresses=("x",)), Reason.NOT_APPROVED),
        (said(sender="ke@khac.example"), Reason.NOT_APPROVED),
        (said(sent=AT - timedelta(hours=3), info={"expires": AT - timedelta(seconds=1)}), Reason.MALFORMED),
        (said(sent=AT + timedelta(hours=1)), Reason.NOT_YET_VALID),
        (
            said(info={"area": (samples.area(geocode=(model.Pair(value_name="GSO", value="99999"),)),)}),
            Reason.NOT_APPROVED,
        ),
    ],
)
def test_what_the_list_does_not_allow_needs_people(town: Town, document: model.Alert, reason: Reason) -> None:
    assert code(town, document) == reason


def test_a_place_that_is_not_on_the_list(town: Town, folders: Folders) -> None:
    trust(folders, areas=("vn.15.04537",))
    assert code(town, said()) == Reason.OUTSIDE_SCOPE


def test_a_stranger_and_an_unsigned_document(town: Town) -> None:
    assert code(town, said(), station=samples.sender("Kẻ khác")) == Reason.UNKNOWN_KEY
    tampered = signed(said()).replace("Lũ quét", "Lũ to", 1)
    assert town.ask(wished(said()), cap=tampered).code == Reason.BAD_SIGNATURE
    assert town.ask(wished(said()), cap="<alert/>").code == Reason.NOT_APPROVED
    assert town.ask(wished(said()), cap="x" * 3_000_000).code == Reason.TOO_LARGE


def test_three_an_hour_also_after_a_restart(town: Town) -> None:
    for number in (1, 2, 3):
        assert code(town, said(number)) == ""
    town.restart()
    assert code(town, said(4)) == Reason.LIMIT_EXCEEDED
    assert code(town, said(3)) == ""  # the same again is the same


def test_it_is_signed_once_not_again_at_another_time(town: Town) -> None:
    assert code(town, said()) == ""
    town.now += 60_000
    assert code(town, said(), wished(said(), issued=town.now)) == Reason.DUPLICATE


def test_it_updates_what_came_of_its_own_and_ends_nothing(town: Town) -> None:
    first = said(1)
    update = said(2, msg_type="Update", references=(first.name,), sent=AT - timedelta(seconds=1))
    assert code(town, update) == Reason.NOT_APPROVED
    assert code(town, first) == ""
    assert code(town, update) == ""
    ending = Cancel(
        audience=Audience(area=world.COMMUNE), id="c-1", issued=NOW, expires=NOW + world.HOUR,
        alert=wished(first).id, status="actual",
    )  # fmt: skip
    assert code(town, first, ending) == Reason.NOT_APPROVED


def test_without_a_list_everything_needs_people(town: Town, folders: Folders) -> None:
    (folders.signer / sources.SOURCES_FILE).unlink()
    assert code(town, said()) == Reason.NOT_APPROVED


def test_a_damaged_list_is_not_taken(folders: Folders, made: Made) -> None:
    for wrong in (b"{", b'{"a b": {}}', msgspec.json.encode({"dai": msgspec.structs.replace(ROW, certificates=())})):
        with pytest.raises(KeyProblem):
            sources.put(folders.signer, wrong)
    assert sources.read(folders.signer) == {}


def test_the_list_is_put_in_at_the_terminal(
    folders: Folders, made: Made, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "nguon.json"
    file.write_bytes(msgspec.json.encode({"dai": ROW}))
    assert cli.main(["sources", str(folders.signer)]) == 0
    assert "mọi tin đều chờ người" in capsys.readouterr().out
    assert cli.main(["sources", str(folders.signer), "--put", str(file)]) == 0
    assert "dai: Đài mẫu; vn.15; mỗi giờ nhiều nhất 3" in capsys.readouterr().out
