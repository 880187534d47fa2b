"""Bảo and the operator look after the voices: what is added, what is refused, who is offered what."""

import bz2
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from loa.audit.models import Entry
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal, Unavailable
from loa.media import actions, queries, rules, store
from loa.media.actions import voices
from loa.media.management.commands import voices as command
from loa.media.models import InstalledVoice, Sound, SoundState, VoiceKind
from loa.media.tests import joe
from loa.media.tests.services import Running, speaking
from loa.media.tests.speaking_service import KEY
from loa.media.voices import breaker, catalogue, obtaining, piper, registry, service, template, warm
from loa.media.voices.obtaining import obtain
from loa.people import sealed
from loa.people.actions import sealing
from tests.cast import Cast

__all__ = ["speaking"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[store.FileStore]:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(service, "BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr(breaker.VOICES, "_failed", {})
    yield store.default()
    warm.stop_all()


def row(identifier: str, **more: Any) -> InstalledVoice:
    usual = {
        "kind": VoiceKind.SERVICE, "name": identifier.title(), "dialects": {"bac": "miền Bắc", "nam": "miền Nam"},
        "options": template.openai("http://127.0.0.1:9", "m", "") | {"local": True, "seconds": 1.0},
        "licence": "hợp đồng", "position": 1, "added_at": "2026-08-01T00:00:00Z",
    }  # fmt: skip
    return InstalledVoice.objects.create(id=identifier, **usual | more)


def wish(identifier: str = "lan", **more: Any) -> voices.Wish:
    return voices.Wish(**{"id": identifier, "name": "Lan", "licence": "CC BY 4.0", "dialects": {"bac": ""}} | more)


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("voices", *words, stdout=out)
    return out.getvalue()


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:bz2") as made:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return path


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- neural voices -----------------------------------------------------------------------------------------------


def test_the_operator_adds_a_neural_voice_and_lan_has_a_notice_spoken_by_it(cast: Cast, files: store.FileStore) -> None:
    said = run("add", str(joe.MODEL), "--sha256", joe.sha256(), "--licence", "CC0", "--name", "Joe", "--id", "joe")
    assert "Đã thêm giọng “Joe”" in said
    one = InstalledVoice.objects.get()
    assert (one.language, one.dialects, one.licence) == ("en", {"chuan": ""}, "CC0")
    assert one.options["sha256"] == joe.sha256()
    assert all(files.exists(sha256) for sha256 in one.files.values())
    assert queries.referenced(list(one.files.values())) == set(one.files.values())
    assert not list((files.root / "work").iterdir())
    assert [choice.id for choice in registry.choices("en")] == ["joe/chuan"]
    assert registry.choices()[0].id == "joe/chuan"
    assert Entry.objects.get(verb="voice.added").facts["licence"] == "CC0"

    text = "Good morning, everybody. The water is rising tonight."
    sound = actions.synthesise(
        actor=cast.lan, area=cast.quy_mong, text=text, spoken=text, voice="joe/chuan", now=cast.now
    )
    actions.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    assert sound.state == SoundState.READY
    assert [line["voice"] for line in sound.sentences] == ["joe/chuan"] * 2
    assert sound.sentences[-1]["end_ms"] <= sound.duration_ms

    run("remove", "joe")
    assert registry.choices("en") == []
    with pytest.raises(Invalid):
        actions.synthesise(actor=cast.lan, area=cast.quy_mong, text=text, voice="joe/chuan", now=cast.now)


def test_a_file_with_another_hash_is_thrown_away_unopened(
    tmp_path: Path, files: store.FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("opened before it was checked")

    monkeypatch.setattr(piper, "append_properties", opened)
    monkeypatch.setattr(tarfile, "open", opened)
    for name in ("a.onnx", "a.tar.bz2"):
        (tmp_path / name).write_bytes(b"not what was announced")
        with pytest.raises(CommandError, match="không đúng với mã SHA-256"):
            run("add", str(tmp_path / name), "--sha256", "0" * 64, "--licence", "CC0")
    assert not InstalledVoice.objects.exists()
    assert [path for path in files.root.rglob("*") if path.is_file()] == []


def test_a_file_that_is_no_voice_is_refused_in_words(tmp_path: Path) -> None:
    model = tmp_path / "a.onnx"
    model.write_bytes(b"MZ this is a program")
    words = ("add", str(model), "--sha256", hash_of(model), "--licence", "CC0")
    with pytest.raises(CommandError, match="Không đọc được tệp"):
        run(*words)
    (tmp_path / "a.onnx.json").write_text("{}")
    with pytest.raises(CommandError, match="không phải của giọng Piper"):
        run(*words)
    (tmp_path / "a.onnx.json").write_bytes(joe.CONFIG.read_bytes())
    with pytest.raises(CommandError, match="không phải mô hình ONNX"):
        run(*words)
    model.write_bytes(b"\x08\x07\x3a\x03abc")  # the outside of a model, and nothing in it
    with pytest.raises(CommandError, match="không đọc được câu thử"):
        run("add", str(model), "--sha256", hash_of(model), "--licence", "CC0")
    for missing in (("--sha256", hash_of(model)), ("--licence", "CC0")):
        with pytest.raises(CommandError, match="Cần --sha256"):
            run("add", str(model), *missing)
    assert not InstalledVoice.objects.exists()


def test_an_archive_gives_the_model_and_nothing_else(tmp_path: Path) -> None:
    model, config = b"\x08\x07\x3a\x03abc", joe.CONFIG.read_bytes()
    good = {"v/a.onnx": model, "v/a.onnx.json": config, "../../evil": b"x", "/etc/evil": b"x", "v/tokens.txt": b"x"}
    path = archive(tmp_path / "a.tar.bz2", good)
    workspace = tmp_path / "w"
    workspace.mkdir()
    got = obtain(str(path), hash_of(path), workspace)
    assert got.model.read_bytes().startswith(model)
    assert sorted(one.name for one in workspace.iterdir()) == ["model.onnx", "model.onnx.json"]
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "members",
    [{}, {"a.onnx": b"x"}, {"a.onnx.json": b"{}"}, {"a.onnx": b"x", "b.onnx": b"y", "a.onnx.json": b"{}"}],
)
def test_an_archive_without_exactly_one_voice_is_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    path = archive(tmp_path / "a.tar.bz2", members)
    with pytest.raises(Invalid) as refused:
        obtain(str(path), hash_of(path), tmp_path)
    assert refused.value.code == "voice_archive"


def test_links_bombs_and_rubbish_in_archives_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "link.tar.bz2"
    with tarfile.open(link, "w:bz2") as made:
        member = tarfile.TarInfo("a.onnx")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(member)
    bomb = archive(tmp_path / "bomb.tar.bz2", {"a.onnx": bytes(3_000_000), "a.onnx.json": b"{}"})
    rubbish, cut = tmp_path / "rubbish.tar.bz2", tmp_path / "cut.tar.bz2"
    rubbish.write_bytes(bz2.compress(b"no archive" * 1000))
    cut.write_bytes(bomb.read_bytes()[:-30])
    monkeypatch.setattr(obtaining, "MOST_UNPACKED", 2_000_000)
    for path in (link, bomb, rubbish, cut):
        with pytest.raises(Invalid) as refused:
            obtain(str(path), hash_of(path), tmp_path)
        assert refused.value.code == "voice_archive"


def test_a_voice_is_fetched_from_an_address_within_limits(
    speaking: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = speaking.folder / "a.onnx"
    model.write_bytes(b"\x08\x07\x3a\x03abc" + bytes([0x42, 0x7F]) + bytes(127))
    (speaking.folder / "a.onnx.json").write_bytes(joe.CONFIG.read_bytes())
    url = f"{speaking.url}/files/a.onnx"
    shown: list[int] = []
    got = obtain(url, hash_of(model), tmp_path, progress=shown.append)
    assert got.sha256 == hash_of(model)
    assert shown[-1] == model.stat().st_size
    monkeypatch.setattr(obtaining, "MOST_BYTES", 100)
    for source in (url, str(model)):
        with pytest.raises(Invalid) as refused:
            obtain(source, hash_of(model), tmp_path)
        assert refused.value.code == "voice_too_large"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/a.onnx", "https://no-such-host.invalid/a.onnx", "file:///etc/passwd", "http://10.0.0.1/a"],
)
def test_without_a_line_the_operator_is_told_what_to_do(tmp_path: Path, url: str) -> None:
    with pytest.raises(Unavailable, match="chép sang đây") as refused:
        obtain(url, "0" * 64, tmp_path)
    assert refused.value.code == "offline"


def test_the_known_vietnamese_voice_needs_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = catalogue.known()["vais1000"]
    assert entry.model.startswith("https://")
    assert obtaining.HASH.fullmatch(entry.sha256)
    assert not entry.verified
    asked: list[Any] = []

    def refuse(source: str, sha256: str, workspace: Path, **more: Any) -> None:
        asked.append((source, sha256, more["config"]))
        raise Unavailable("Không tải được.", code="offline")

    monkeypatch.setattr(command, "obtain", refuse)
    with pytest.raises(CommandError, match="Không tải được"):
        run("add", "vais1000")
    assert asked == [(entry.model, entry.sha256, entry.config)]
    assert "loa voices add vais1000" in run("list")


# --- services ----------------------------------------------------------------------------------------------------


def test_a_service_is_added_with_a_sealed_key_and_speaks(cast: Cast, speaking: Running, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(KEY + "\n")
    said = run(
        "add-service", "--openai", speaking.url, "--id", "cong", "--name", "Giọng công ty", "--licence", "hợp đồng 12",
        "--allow-local", "--key-file", str(key), "--dialect", "bac=north", "--dialect", "nam=south",
    )  # fmt: skip
    assert KEY not in said + run("list")
    one = InstalledVoice.objects.get()
    assert one.secret.startswith(sealed.MARK)
    assert KEY not in json.dumps([one.options, one.secret, one.source])
    assert "cong: đọc được" in run("check")
    assert KEY not in json.dumps([entry.facts for entry in Entry.objects.all()])

    sound = actions.synthesise(
        actor=cast.lan, area=cast.quy_mong, text="Kính mời bà con. Họp lúc 7h30.", voice="cong/nam", now=cast.now
    )
    actions.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    assert sound.state == SoundState.READY
    assert queries.voice_note(sound) == ""
    assert {json.loads(line["body"])["voice"] for line in speaking.asked("/v1")} == {"north", "south"}


def test_a_template_file_is_checked_before_it_is_kept(speaking: Running, tmp_path: Path) -> None:
    path = tmp_path / "mau.yaml"
    words = ("add-service", "--template", str(path), "--id", "mau", "--licence", "x", "--no-key", "--allow-local")
    for content, said in (("url: https://a.vn/\njson: {t: x}", "{text}"), ("[", "Không đọc được mẫu"), ("- 1", "cặp")):
        path.write_text(content)
        with pytest.raises(CommandError, match=said):
            run(*words)
    path.write_text(f"url: {speaking.url}/habit/moved-here\njson: {{t: '{{text}}'}}\n")
    run(*words)
    assert "mau: đọc được" in run("check", "mau")


def test_a_service_that_is_away_is_followed_by_the_next_and_lan_is_told(cast: Cast, speaking: Running) -> None:
    row("hong")
    sound = actions.synthesise(
        actor=cast.lan, area=cast.quy_mong, text="Kính mời bà con. Xin cảm ơn.", voice="hong/nam", now=cast.now
    )
    actions.ingest(sound_id=sound.pk, now=cast.now)
    sound.refresh_from_db()
    assert [line["voice"] for line in sound.sentences] == ["espeak/vi-vn-x-south"] * 2
    assert queries.voice_note(sound) == (
        "Giọng “Hong” không trả lời, đã đọc bằng giọng máy dự phòng. Hãy nghe kỹ, hoặc tạo lại khi giọng ấy trở lại."
    )


def test_the_first_that_answers_speaks_and_the_note_names_it(cast: Cast, speaking: Running) -> None:
    row("hong", position=1)
    row("tot", position=2, options=template.openai(speaking.url, "m", "") | {"local": True}, secret=sealed.seal(KEY))
    sound = Sound(voice="hong/bac", sentences=[{"voice": "hong/bac"}, {"voice": "tot/bac"}, {"voice": "hong/bac"}])
    assert queries.voice_note(sound).startswith("Giọng “Hong” không trả lời ở 1/3 câu, đã đọc bằng giọng “Tot”")
    assert [way.choice for way in registry.ways("hong/nam")] == ["hong/nam", "tot/nam", "espeak/vi-vn-x-south"]
    assert [way.choice for way in registry.ways("espeak/vi")] == ["espeak/vi"]


# --- keeping -----------------------------------------------------------------------------------------------------


def test_order_and_being_switched_off_decide_what_is_offered(cast: Cast) -> None:
    for position, identifier in enumerate(("a1", "b2", "c3"), 1):
        row(identifier, position=position)
    row("km", language="km", dialects={"chuan": ""}, position=4)
    run("order", "c3", "a1")
    assert [voice.id for voice in registry.voices("vi")] == ["c3", "a1", "b2", "espeak"]
    run("off", "c3")
    assert [voice.id for voice in registry.voices()] == ["a1", "b2", "km", "espeak"]
    assert registry.choices("km")[0].name == "Km"
    first = registry.choices("vi")[0]
    assert (first.id, first.name, first.voice, first.dialect, first.is_fallback) == (
        "a1/bac", "A1, miền Bắc", "a1", "bac", False,
    )  # fmt: skip
    assert registry.choices("vi")[-1].is_fallback
    run("on", "c3")
    assert registry.voices()[0].id == "c3"
    assert [entry.verb for entry in Entry.objects.order_by("pk")] == [
        "voice.ordered", "voice.switched_off", "voice.switched_on",
    ]  # fmt: skip
    for words in (("order", "zz"), ("off", "zz"), ("remove", "zz"), ("check", "zz")):
        with pytest.raises(CommandError):
            run(*words)


def test_what_a_person_types_names_a_voice(cast: Cast) -> None:
    row("a1")
    row("km", language="km", dialects={"chuan": ""})
    typed = {
        ("a1", ""): "a1/bac", ("a1", "nam"): "a1/nam", ("a1/nam", ""): "a1/nam", ("km", ""): "km/chuan",
        ("espeak", "trung"): "espeak/vi-vn-x-central", ("espeak/vi", ""): "espeak/vi",
    }  # fmt: skip
    assert {words: registry.choice_of(*words) for words in typed} == typed
    for words in (("zz", ""), ("a1", "trung"), ("a1/tay", ""), ("espeak", "tay")):
        with pytest.raises(rules.Unfit):
            registry.choice_of(*words)


def test_only_who_looks_after_the_whole_installation_may(cast: Cast) -> None:
    row("a1")
    for actor, error in ((cast.lan, NotFound), (cast.minh_anh, NotFound)):
        with pytest.raises((error, Denied)):
            voices.remove(actor=actor, identifier="a1", now=cast.now)
    voices.switch(actor=cast.bao, identifier="a1", on=False, now=cast.now)
    assert Entry.objects.get().actor_id == cast.bao.pk


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "Giọng"}, "voice_name"), ({"id": ""}, "voice_name"), ({"id": "a/b"}, "voice_name"),
        ({"name": " "}, "voice_name"), ({"licence": ""}, "voice_licence"), ({"language": "tiếng Việt"}, "voice_name"),
        ({"dialects": {"tay": ""}}, "voice_name"), ({"id": "espeak"}, "voice_exists"), ({"id": "a1"}, "voice_exists"),
    ],
)  # fmt: skip
def test_names_that_will_not_do(cast: Cast, changes: dict[str, Any], code: str) -> None:
    row("a1")
    asked: dict[str, Any] = {
        "actor": cast.bao,
        "options": template.openai("https://a.vn", "m", ""),
        "key": "",
        "now": cast.now,
    }
    with pytest.raises((Invalid, Refusal)) as refused:
        voices.add_service(wish=wish(**changes), **asked)
    assert refused.value.code == code


def test_keys_are_sealed_anew_with_those_of_accounts(cast: Cast) -> None:
    row("a1", secret=sealed.seal(KEY))
    before = InstalledVoice.objects.get().secret
    assert sealing.renew_key(now=cast.now) == 1
    after = InstalledVoice.objects.get().secret
    assert after != before
    assert sealed.is_current(after)
    assert sealed.unseal(after) == KEY
    voices.change_key(actor=cast.bao, identifier="a1", key="new", now=cast.now)
    assert sealed.unseal(InstalledVoice.objects.get().secret) == "new"
    with pytest.raises(Invalid):
        voices.change_key(actor=cast.bao, identifier="a1", key="", now=cast.now)


def test_a_voice_of_the_catalogue_cannot_be_had_twice(cast: Cast) -> None:
    row("a1")
    with pytest.raises(Refusal, match="Đã có giọng"):
        voices.add_service(
            actor=None, wish=wish("a1"), options=template.openai("https://a.vn", "m", ""), key="", now=cast.now
        )
