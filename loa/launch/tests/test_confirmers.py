"""What the operator of the signer's host decides about hours: the ceiling, and whose keys may go beyond it."""

import json
import shutil
from pathlib import Path

import pytest
from devicelink.jws import encode64
from devicelink.keyfiles import KeyFolder
from devicelink.widening import DEFAULT_CEILING
from signer import authenticator, confirmers, keys

from loa.launch import edges
from loa.launch.cli import main

NOW = 1_787_219_400_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The signer's folder of an installation with real keys."""
    monkeypatch.setenv("LOA_VAR", str(tmp_path))
    base = tmp_path / "keys"
    keys.init(keys.Folders(base / "root", base / "signer", base / "gateway"), now=NOW)
    return base / "signer"


def exported(tmp_path: Path, key: authenticator.Passkey) -> str:
    file = tmp_path / "bao.json"
    shown = {"name": "Điện thoại", "credential": encode64(key.credential), "public": key.public}
    file.write_text(json.dumps({"user": "18", "name": "Phạm Quốc Bảo", "keys": [shown]}))
    return str(file)


def fingerprint_of(key: authenticator.Passkey) -> str:
    from devicelink.jws import decode64
    from devicelink.keyring import fingerprint

    return fingerprint(decode64(key.public))


def test_the_ceiling_is_shown_and_set(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "hours"]) == 0
    assert "05:00–21:00 hằng ngày" in capsys.readouterr().out
    assert confirmers.read_site(folder).ceiling == DEFAULT_CEILING
    assert main(["keys", "hours", "--from", "04:30", "--to", "22:00", "--site", "https://loa.laocai.example/"]) == 0
    site = confirmers.read_site(folder)
    assert (site.ceiling.windows[0].start, site.ceiling.windows[0].end) == (270, 1320)
    assert (site.rp_id, site.origins) == ("loa.laocai.example", ("https://loa.laocai.example",))


def test_how_far_single_nights_may_be_extended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "hours"]) == 0
    assert "24 ngày một năm, từ 04:00 đến 01:00 hôm sau" in capsys.readouterr().out
    assert main(["keys", "hours", "--nights", "3", "--latest", "00:30"]) == 0
    assert main(["keys", "hours", "--from", "05:00", "--to", "22:00"]) == 0
    bound = confirmers.read_site(folder).extension
    assert (bound.days, bound.earliest, bound.latest) == (3, 240, 1470)


@pytest.mark.parametrize(
    "words",
    [
        ["hours", "--from", "25:00", "--to", "26:00"],
        ["hours", "--to", "22:00"],
        ["hours", "--from", "22:00", "--to", "05:00"],
        ["hours", "--site", "http://loa.laocai.example"],
        ["hours", "--site", "https://"],
        ["hours", "--nights", "-1"],
        ["hours", "--latest", "một giờ"],
        ["confirmers", "add"],
        ["confirmers", "add", "bao"],
        ["confirmers", "praise", "bao"],
        ["confirmers", "remove", "bao"],
        ["confirmers", "add", "bao", "--area", "vn.15", "--for", "everything"],
        ["break-glass", "add"],
        ["break-glass", "add", "khắp nơi"],
        ["break-glass", "remove", "vn.15"],
        ["break-glass", "praise", "vn.15"],
    ],
)
def test_what_makes_no_sense_changes_nothing(folder: Path, words: list[str]) -> None:
    assert main(["keys", *words]) == 1
    assert confirmers.read_site(folder) == confirmers.Site()
    assert confirmers.read(folder) == ()


def test_a_key_goes_into_the_list_by_its_fingerprint_only(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, other = authenticator.make(), authenticator.make()
    add = ["keys", "confirmers", "add", "bao", "--area", "vn.15", "--file", exported(tmp_path, key), "--fingerprint"]
    assert main([*add, fingerprint_of(other)]) == 1
    assert "đừng ghi nhận" in capsys.readouterr().err.lower()
    assert main([*add, fingerprint_of(key).upper(), "--until", "31/12/2099"]) == 0
    (one,) = confirmers.read(folder)
    assert (one.user, one.scope, one.demo) == ("18", "vn.15", False)
    assert main(["keys", "confirmers"]) == 0
    assert fingerprint_of(key) in capsys.readouterr().out
    assert main(["keys", "confirmers", "remove", "Phạm Quốc Bảo", "--void"]) == 0
    assert confirmers.read(folder)[0].void
    assert main(["keys", "confirmers", "list"]) == 0
    assert "đã thu hồi" in capsys.readouterr().out


def test_a_key_may_count_for_alerts_and_later_for_hours_too(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = authenticator.make()
    add = ["keys", "confirmers", "add", "bao", "--area", "vn.15", "--file", exported(tmp_path, key)]
    add += ["--fingerprint", fingerprint_of(key), "--for"]
    assert main([*add, "alert"]) == 0
    assert confirmers.read(folder)[0].rights == ("alert",)
    assert main([*add, "hours"]) == 0
    assert main([*add, "hours,alert"]) == 1
    (one,) = confirmers.read(folder)
    assert one.rights == ("hours", "alert")
    assert main(["keys", "confirmers"]) == 0
    assert "khung giờ và cảnh báo" in capsys.readouterr().out


def test_where_one_person_is_enough_is_asked_of_the_host(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "break-glass"]) == 0
    assert "cũng cần hai người" in capsys.readouterr().out
    assert main(["keys", "break-glass", "add", "vn.15.04531"]) == 0
    assert confirmers.read_site(folder).break_glass == ("vn.15.04531",)
    assert main(["keys", "hours", "--from", "05:00", "--to", "20:00"]) == 0
    assert main(["keys", "break-glass", "list"]) == 0
    assert "vn.15.04531" in capsys.readouterr().out
    assert main(["keys", "break-glass", "remove", "vn.15.04531"]) == 0
    assert confirmers.read_site(folder).break_glass == ()


def test_an_older_installation_gets_its_missing_keys(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", "add-roles"]) == 1
    made_before(folder, monkeypatch)
    assert main(["keys", "add-roles"]) == 0
    assert "alert" in capsys.readouterr().out
    assert keys.lacking(KeyFolder(folder).keyset) == ()


def made_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `keys.init` was before the roles of alerts and live."""
    for place in (folder, folder.parent / "root", folder.parent / "gateway"):
        shutil.rmtree(place)
    with monkeypatch.context() as former:
        former.setattr(keys, "SIGNER_ROLES", keys.SIGNER_ROLES[:4])
        keys.init(keys.Folders(folder.parent / "root", folder, folder.parent / "gateway"), now=NOW)


def test_the_ceremony_sets_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_VAR", str(tmp_path / "var"))
    (tmp_path / "var").mkdir()
    assert main(["keys", "init", "--from", "05:30", "--to", "20:00", "--site", "https://loa.example"]) == 0
    site = confirmers.read_site(tmp_path / "var" / "keys" / "signer")
    assert (site.ceiling.windows[0].start, site.rp_id) == (330, "loa.example")


def test_real_use_refuses_a_confirmer_of_a_demonstration(folder: Path) -> None:
    key = authenticator.make()
    confirmers.add(
        folder,
        confirmers.Confirmer(
            user="18", name="Bảo", scope="vn", credential=encode64(key.credential), public=key.public,
            valid_from=NOW, valid_to=NOW + 1, demo=True,
        ),
    )  # fmt: skip
    assert confirmers.has_demo(folder)
    facts = edges.Facts(
        exposed=False, beyond=False, tls=False, https=False, behind_proxy=False, sample_accounts=False,
        demo_keys=False, demo_confirmers=True,
    )  # fmt: skip
    assert "khóa trình diễn" in edges.reasons(facts)[0]
