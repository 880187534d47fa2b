"""The sample releases: taken in once, by the checks that hold for all, and understood by simulated loudspeakers."""

from pathlib import Path

import msgspec
import pytest
from devicelink.messages import Audience, Manifest, Wheel
from installer.sources import WheelFile
from pytest_django import Settings
from speaker.update import slots
from speaker.update.pretended import Pretended, pretend

from loa.demo import releases
from loa.devices import wheels
from loa.devices.models import Release
from tests.cast import Cast, cast  # noqa: F401

pytestmark = pytest.mark.django_db


def test_they_are_whole_wheels_and_taken_in_once(cast: Cast, settings: Settings, tmp_path: Path) -> None:  # noqa: F811
    settings.MEDIA_ROOT = tmp_path
    releases.prepare(cast.now)
    releases.prepare(cast.now)
    assert sorted(Release.objects.values_list("version", flat=True)) == ["0.2.0", "0.3.0"]
    for release in Release.objects.all():
        (one,) = release.wheels
        with WheelFile.open(named(tmp_path, one)) as source:
            source.validate_record()
            assert source.version == release.version


def named(folder: Path, one: dict[str, str]) -> Path:
    path = folder / one["name"]
    path.write_bytes(wheels.path_of(one["sha256"]).read_bytes())
    return path


def test_the_bad_one_crashes_in_about_four_of_ten(cast: Cast, settings: Settings, tmp_path: Path) -> None:  # noqa: F811
    settings.MEDIA_ROOT = tmp_path
    releases.prepare(cast.now)
    crashed = {version: sum(begun(tmp_path, version, number) for number in range(60)) for version in ("0.2.0", "0.3.0")}
    assert crashed["0.2.0"] == 0
    assert 12 <= crashed["0.3.0"] <= 36


def begun(folder: Path, version: str, number: int) -> bool:
    """Whether this release ended at once on this simulated loudspeaker."""
    release = Release.objects.get(version=version)
    made = msgspec.convert(release.wheels, tuple[Wheel, ...])
    manifest = Manifest(
        audience=Audience(device="spk"), revision=1, issued=1, order="order", release=version, wheels=made,
        python=("3.11",), expires=2,
    )  # fmt: skip
    home = folder / version / str(number)
    pretend(home, "a", manifest, wheels.path_of(made[0].sha256).parent)
    slots.save(home, slots.Slots(trial=slots.Trial(slot="a", order="order", revision=1, release=version)))
    software = Pretended(home).begin(lambda: None)
    assert software is None or software.version == version
    return software is None
