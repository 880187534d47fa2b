"""What deploy/ ships fits the program: every address is routed, every word of a unit is understood."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from speaker import cli as speaker_cli

from loa.config import env
from loa.launch import arguments, prepare
from loa.launch.setup import PROXY_MQTT, WANTED_PORTS
from loa.media import rules

DEPLOY = env.ROOT / "deploy"
NGINX = (DEPLOY / "proxy" / "nginx.conf").read_text()
CADDY = (DEPLOY / "proxy" / "Caddyfile").read_text()
SPEAKER = DEPLOY / "systemd" / "loa-speaker.service"  # runs at a pole, where nothing else of ours is
UNITS = sorted(set((DEPLOY / "systemd").glob("*.service")) - {SPEAKER})
HARDENING = (
    "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes",
    "CapabilityBoundingSet=", "RestrictNamespaces=yes", "UMask=0077",
)  # fmt: skip


def gateway_addresses() -> set[str]:
    """Every address that the gateway serves, but the one for its supervisor."""
    text = "".join(file.read_text() for file in (env.ROOT / "loa" / "gateway").rglob("*.py"))
    return set(re.findall(r'(?:[Rr]oute|Mount)\(\s*(?:"[A-Z]+",\s*)?"(/[^"]*)"', text)) - {"/healthz"}


def page_addresses(node: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every address of the pages, with its variables as they stand in the pattern."""
    for child in (node or get_resolver()).url_patterns:
        here = before + str(child.pattern)
        if isinstance(child, URLPattern):
            yield here
        else:
            yield from page_addresses(child, here)


def nginx_port(address: str) -> int:
    """To which port of this machine nginx passes an address that came over TLS."""
    secure = NGINX.split("listen 80;")[0]
    found = re.search(r"location ~ (\S+) \{\s*proxy_pass http://127\.0\.0\.1:(\d+);", secure)
    rest = re.search(r"location / \{\s*proxy_pass http://127\.0\.0\.1:(\d+);", secure)
    assert found is not None
    assert rest is not None
    return int(found[2]) if re.search(found[1], address) else int(rest[1])


def caddy_port(address: str) -> int:
    """The same for Caddy."""
    matcher = re.search(r"@gateway path (.*)", CADDY)
    special = re.search(r"reverse_proxy @gateway 127\.0\.0\.1:(\d+)", CADDY)
    rest = re.search(r"reverse_proxy 127\.0\.0\.1:(\d+)", CADDY)
    assert matcher is not None
    assert special is not None
    assert rest is not None
    prefixes = [prefix.removesuffix("*") for prefix in matcher[1].split()]
    return int((special if address.startswith(tuple(prefixes)) else rest)[1])


@pytest.mark.parametrize("port", [nginx_port, caddy_port])
def test_every_address_of_the_gateway_goes_to_the_gateway(port: object) -> None:
    assert {"/edge/events", "/device/enrol"} <= gateway_addresses()
    assert {port(address) for address in gateway_addresses()} == {WANTED_PORTS["gateway"]}  # type: ignore[operator]


@pytest.mark.parametrize("port", [nginx_port, caddy_port])
def test_every_page_goes_to_the_pages(port: object) -> None:
    assert {port(address) for address in page_addresses()} == {WANTED_PORTS["web"]}  # type: ignore[operator]


def test_the_largest_upload_fits_through_both_proxies() -> None:
    nginx = int(re.search(r"client_max_body_size (\d+)m;", NGINX)[1])  # type: ignore[index]
    caddy = int(re.search(r"max_size (\d+)MB", CADDY)[1])  # type: ignore[index]
    assert min(nginx, caddy) * 1_000_000 > rules.MAX_UPLOAD_BYTES


def test_loudspeakers_are_told_the_port_at_which_the_proxy_takes_them() -> None:
    assert f"listen {PROXY_MQTT} ssl;" in NGINX
    assert f"proxy_pass 127.0.0.1:{WANTED_PORTS['mqtt']};" in NGINX


def test_nginx_of_debian_12_understands_its_configuration() -> None:
    assert "http2 on;" not in [line.strip() for line in NGINX.splitlines()]  # 1.22 does not know it
    assert "include /etc/nginx/modules-enabled/*.conf;" in NGINX  # where Debian puts the module for `stream`


def command(text: str) -> list[str]:
    """What a unit starts, word for word."""
    return shlex.split(re.search(r"^ExecStart=(.*)$", text, re.M)[1])  # type: ignore[index]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_closed_and_starts_what_exists(unit: Path) -> None:
    text = unit.read_text()
    assert [line for line in HARDENING if line not in text.splitlines()] == []
    assert "User=root" not in text
    program, *words = command(text)
    assert program.startswith("/srv/loa/app/.venv/bin/")
    modules = [words[words.index("-m") + 1]] if "-m" in words else [w.split(":")[0] for w in words if ":app" in w]
    for module in modules:
        place = module.replace(".", "/")
        known = [env.ROOT / f"{place}{end}" for end in (".py", "/__main__.py")]
        assert any(file.exists() for file in [*known, *env.ROOT.glob(f"packages/*/src/{place}/__main__.py")]), module
    if program.endswith("/loa"):
        arguments.PARSERS[words[0]]().parse_args(words[1:])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_names_only_settings_that_exist(unit: Path, tmp_path: Path) -> None:
    reader = env.Reader({"LOA_VAR": str(tmp_path)})
    env.read_with(reader)
    others = {"LOA_UID"}  # of the unit itself
    assert set(re.findall(r"\bLOA_[A-Z_]+", unit.read_text())) <= set(reader.names) | others


def test_the_unit_of_a_loudspeaker_is_closed_but_for_the_sound_card() -> None:
    lines = SPEAKER.read_text().splitlines()
    missing = [line for line in HARDENING if line not in lines]
    assert missing == ["PrivateDevices=yes"]  # it would hide the sound card
    assert {"DevicePolicy=closed", "DeviceAllow=char-alsa rw", "SupplementaryGroups=audio"} <= set(lines)


def test_the_unit_of_a_loudspeaker_always_starts_it_again_and_waits_for_nothing() -> None:
    text = SPEAKER.read_text()
    assert {"Restart=always", "StartLimitIntervalSec=0"} <= set(text.splitlines())
    assert not re.search(r"^(Wants|Requires|BindsTo|Requisite)=", text, re.M)


def test_the_unit_of_a_loudspeaker_and_its_page_say_what_the_agent_understands() -> None:
    page = (env.ROOT / "docs" / "how-to" / "put-the-agent-on-a-speaker.md").read_text()
    text = SPEAKER.read_text()
    program, *words = command(text)
    assert program in page
    assert words.pop() == "$SPEAKER_OPTIONS"
    assert f"{program} {' '.join(words)}" in page
    more = re.search(r"SPEAKER_OPTIONS=(-.*)", text)
    assert more is not None
    assert words.pop(0) == "launch"  # hands what it does not know itself to "run"
    options = speaker_cli._parser().parse_args(["run", *words, *more[1].split()])
    assert (options.folder, options.sink, options.device) == (Path("/var/lib/loa"), "card", "1")
    for name in re.findall(r"^User=(.*)$", text, re.M):
        assert f"useradd --system --no-create-home --home-dir /var/lib/loa --user-group {name}" in page


def test_only_the_signer_reaches_its_keys() -> None:
    signer = (DEPLOY / "systemd" / "loa-signer.service").read_text()
    assert "User=loa-signer" in signer
    writers = [unit.stem for unit in UNITS if "/srv/loa/signer" in unit.read_text()]
    assert writers == ["loa-signer"]


def test_the_page_about_installing_names_every_view_of_the_signer() -> None:
    page = (env.ROOT / "docs" / "how-to" / "install.md").read_text()
    assert f"grant select on {', '.join(prepare.SIGNER_VIEWS)} to loa_signer;" in page


def test_the_page_about_installing_names_the_ports_that_are_open() -> None:
    page = (env.ROOT / "docs" / "how-to" / "install.md").read_text()
    listened = {int(port) for port in re.findall(r"listen (\d+)", NGINX)}
    assert all(re.search(rf"\b{port}\b", page) for port in listened), listened


@pytest.mark.parametrize(
    ("unit", "hidden"),
    [
        ("web", {"root", "signer", "engine", "gateway"}),
        ("worker", {"root", "signer", "engine", "gateway", "tickets"}),
        ("gateway", {"root", "signer"}),
        ("relay", {"root", "signer", "engine", "gateway", "tickets"}),
    ],
)
def test_keys_of_others_are_out_of_sight(unit: str, hidden: set[str]) -> None:
    text = (DEPLOY / "systemd" / f"loa-{unit}.service").read_text()
    (line,) = re.findall(r"^InaccessiblePaths=(.*)$", text, re.MULTILINE)
    assert {word.removeprefix("-/srv/loa/var/keys/") for word in line.split()} == hidden


def test_tickets_in_addresses_are_in_no_log() -> None:
    assert "access_log off;" in NGINX.split("location ~ ^/(edge|device|relay)/ {")[1].split("}")[0]
