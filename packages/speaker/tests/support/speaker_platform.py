"""A tiny platform on two ports: HTTP and MQTT. It really verifies tokens and proofs, and it can misbehave."""

import asyncio
import contextlib
import hashlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import speaker_village as village
from devicelink import codec, proofs, selftests, tokens, topics
from devicelink.jws import decode64
from devicelink.keyring import fingerprint
from devicelink.messages import (
    Ack,
    Audience,
    Beat,
    Bye,
    EnrolAnswer,
    EnrolRequest,
    Heard,
    Hello,
    LogUpload,
    Message,
    Plan,
    Proof,
    ProofUpload,
    Receipt,
    Revisions,
    SelfTest,
)
from devicelink.refusals import Refused

MISSING = b'{"code":"missing_file","detail":"there is none"}'


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Held:
    """What the platform has heard of one device."""

    hellos: list[Hello] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    byes: list[Bye] = field(default_factory=list)
    proofs: dict[tuple[str, int], Proof] = field(default_factory=dict)
    selftests: list[SelfTest] = field(default_factory=list)
    reports: list[Heard] = field(default_factory=list)


class Platform:
    """`with Platform() as platform:`. `papers[kind]`: (revision, JWS); `device` answers for every audience."""

    def __init__(self) -> None:
        self.papers: dict[str, tuple[int, str]] = {}
        self.media: dict[str, bytes] = {}
        self.claims = {"K7Q2-TEST": village.DEVICE}
        self.publics: dict[str, bytes] = {}
        self.holds, self.alerts = list[str](), list[str]()
        self.heard: dict[str, Held] = {}
        self.time_error_ms = 0
        self.tells_time = True
        self.refuse_logins = False
        self.refused_filters: set[str] = set()
        self.media_bytes: int | None = None  # break every transfer off after so many bytes
        self.media_out_of_order: set[str] = set()  # these answer with 500
        self.receipts = True
        self.takes_selftests = True
        self.logs: list[LogUpload] = []
        self.media_asked: list[tuple[str, str]] = []
        self.relay_socket = ""  # where the process listens that fetches streams once for all
        self._lines: dict[str, asyncio.StreamWriter] = {}
        self._filters: dict[str, set[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        handler = type("Handler", (_Handler,), {"platform": self})
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._web.daemon_threads = True
        self.gateway_url = f"http://127.0.0.1:{self._web.server_address[1]}"
        self.engine_url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "Platform":
        threading.Thread(target=self._web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._mqtt, "127.0.0.1", 0))
        self.engine_url = f"mqtt://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._web.shutdown()
        self._web.server_close()
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    # --- what the tests do -------------------------------------------------------------------------------------------

    def publish(self, kind: str, message: Message, token: str | None = None, *, device: str = "") -> None:
        """Make this the newest document of its kind (for one device, or for all who have none of their own)."""
        name = f"{kind}/{device}" if device else kind
        self.papers[name] = (getattr(message, "revision", 0), token or village.signed(message))

    def paper(self, kind: str, device: str) -> tuple[int, str]:
        """Revision and JWS, (0, "") if there is none."""
        return self.papers.get(f"{kind}/{device}") or self.papers.get(kind) or (0, "")

    def give(self, *sounds: village.Sound) -> None:
        self.media.update({sound.sha256: sound.data for sound in sounds})

    def of(self, device: str = village.DEVICE) -> Held:
        return self.heard.setdefault(device, Held())

    def send(self, payload: str | bytes, topic: str | None = None) -> None:
        """Push to everybody who subscribed (the device's own topic by default)."""
        topic = topic or topics.down(village.DEVICE)
        packet = codec.publish(topic, payload if isinstance(payload, bytes) else payload.encode())

        async def write() -> None:
            for device, filters in self._filters.items():
                if topic in filters and device in self._lines:
                    self._lines[device].write(packet)

        self._call(write())

    def hint(self, document: str) -> None:
        """There is a new document."""
        now = now_ms()
        self.send(village.signed(village.changed(now, f"n-{now}-{document}", document, self.papers[document][0])))

    def connected(self, device: str = village.DEVICE) -> bool:
        return device in self._lines

    def cut(self) -> None:
        """Break every MQTT connection."""

        async def close() -> None:
            for line in self._lines.values():
                line.transport.abort()

        self._call(close())

    # --- MQTT --------------------------------------------------------------------------------------------------------

    async def _mqtt(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        device = ""
        try:
            parser = codec.Parser()
            while data := await reader.read(65_536):
                for packet in parser.feed(data):
                    device = self._packet(device, packet, writer) or device
        except (ConnectionError, Refused):
            pass
        finally:
            if device and self._lines.get(device) is writer:
                del self._lines[device]
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            self._tasks.discard(task)

    def _packet(self, device: str, packet: codec.Packet, writer: asyncio.StreamWriter) -> str:
        if packet.kind == codec.CONNECT:
            login = codec.read_connect(packet)
            if self.refuse_logins or not self._may(login):
                writer.write(codec.connack(5))
                raise ConnectionError("refused")
            writer.write(codec.connack(0))
            return login.client
        if packet.kind == codec.SUBSCRIBE:
            identifier, filters = codec.read_subscribe(packet)
            writer.write(codec.suback(identifier, tuple(0x80 if f in self.refused_filters else 0 for f in filters)))
            self._filters.setdefault(device, set()).update(f for f in filters if f not in self.refused_filters)
            self._lines[device] = writer
        elif packet.kind == codec.PUBLISH:
            self._up(device, codec.read_publish(packet), writer)
        elif packet.kind == codec.PINGREQ:
            writer.write(codec.PONG)
        return ""

    def _may(self, login: codec.Login) -> bool:
        if login.client != login.username:
            return False
        try:
            claims = tokens.check(login.password, audience=tokens.ENGINE, public_of=self.publics.get, now=now_ms())
        except Refused:
            return False
        return claims.sub == login.username

    def _up(self, device: str, message: codec.Publication, writer: asyncio.StreamWriter) -> None:
        held = self.of(device)
        typ = message.topic.rsplit("/", 1)[1]
        if typ == "hello":
            hello = msgspec.json.decode(message.payload, type=Hello)
            held.hellos.append(hello)
            writer.write(codec.publish(topics.down(device), self._welcome(device, hello).encode()))
        elif typ == "ack":
            held.acks.append(msgspec.json.decode(message.payload, type=Ack))
        elif typ == "heard":
            held.reports.append(msgspec.json.decode(message.payload, type=Heard))
        elif typ == "beat":
            held.beats.append(msgspec.json.decode(message.payload, type=Beat))
        elif typ == "bye":
            held.byes.append(msgspec.json.decode(message.payload, type=Bye))

    def _welcome(self, device: str, hello: Hello) -> str:
        revisions = Revisions(**{kind: self.paper(kind, device)[0] for kind in Revisions.__struct_fields__})
        now = now_ms() + self.time_error_ms
        urgent = {"holds": tuple(self.holds), "alerts": tuple(self.alerts)}
        return village.signed(village.welcome(now, hello.nonce, device, revisions=revisions, **urgent))


class _Handler(BaseHTTPRequestHandler):
    platform: Platform
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        pass

    def do_GET(self) -> None:
        try:
            name = self.path.removeprefix("/device/")
            device = "" if name == "keyset" else self._who()
            if self.path.startswith("/relay/"):
                self._relay(self.path.removeprefix("/relay/"))
            elif name.startswith(("media/", "wheel/")):
                self._media(name.partition("/")[2])
            else:
                self._document(name, device)
        except Refused as refusal:
            self._refuse(refusal)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            {
                "/device/time": self._time,
                "/device/enrol": self._enrol,
                "/device/proofs": self._proofs,
                "/device/log": self._log,
                "/device/selftest": self._selftest,
            }[self.path](body)
        except Refused as refusal:
            self._refuse(refusal)

    def _who(self) -> str:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        claims = tokens.check(token, audience=tokens.GATEWAY, public_of=self.platform.publics.get, now=now_ms())
        return claims.sub

    def _document(self, kind: str, device: str) -> None:
        revision, token = self.platform.paper(kind, device)
        if not token:
            self._send(404, MISSING)
        elif self.headers.get("If-None-Match") == f'"{revision}"':
            self._send(304, b"")
        else:
            self._send(200, token.encode())

    def _media(self, sha256: str) -> None:
        platform = self.platform
        platform.media_asked.append((sha256, self.headers.get("Range", "")))
        data = platform.media.get(sha256)
        if sha256 in platform.media_out_of_order:
            self._send(500, b"")
            return
        if data is None:
            self._send(404, MISSING)
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if platform.media_bytes is not None:
            self.wfile.write(data[start : start + platform.media_bytes])
            self.close_connection = True
        else:
            self.wfile.write(data[start:])

    def _log(self, body: bytes) -> None:
        upload = msgspec.json.decode(body, type=LogUpload)
        assert upload.device == self._who()
        self.platform.logs.append(upload)
        self._send(204, b"")

    def _relay(self, name: str) -> None:
        """Handed on as it comes, until either side ends."""
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
            line.connect(self.platform.relay_socket)
            line.sendall(name.encode() + b"\n")
            while piece := line.recv(8_192):
                self.wfile.write(piece)

    def _time(self, body: bytes) -> None:
        wish = json.loads(body)
        if not self.platform.tells_time:
            self._send(503, b'{"code":"unavailable","detail":"its own clock is in doubt"}')
            return
        now = now_ms() + self.platform.time_error_ms
        self._send(200, village.signed(village.time(now, wish["nonce"], wish["device"])).encode())

    def _enrol(self, body: bytes) -> None:
        platform, wish = self.platform, msgspec.json.decode(body, type=EnrolRequest)
        device = platform.claims.get(wish.claim)
        if device is None:
            self._send(403, b'{"code":"unknown_key","detail":"no such claim code"}')
            return
        platform.publics[device] = decode64(wish.public)
        answer = EnrolAnswer(
            device=device,
            fingerprint=fingerprint(decode64(wish.public)),
            engine_url=platform.engine_url,
            media_url=platform.gateway_url,
        )
        self._send(200, msgspec.json.encode(answer))

    def _proofs(self, body: bytes) -> None:
        platform, device = self.platform, self._who()
        upload = msgspec.json.decode(body, type=ProofUpload)
        stored = [row for row in list(platform.of(device).proofs.values()) if row.boot == upload.head.boot]
        last = max(stored, key=lambda row: row.count, default=None)
        known = proofs.Stored(last.count, last.hash) if last else None
        new = proofs.verify_upload(upload, device=device, public=platform.publics[device], stored=known)
        platform.of(device).proofs.update({(row.boot, row.count): row for row in new.rows})
        if not platform.receipts:
            self._send(500, b"")
            return
        head = upload.head
        receipt = Receipt(audience=Audience(device=device), nonce=head.hash, boot=head.boot, count=head.count)
        self._send(200, village.signed(receipt).encode())

    def _selftest(self, body: bytes) -> None:
        device = self._who()
        report = msgspec.json.decode(body, type=SelfTest)
        if not self.platform.takes_selftests:
            self._send(503, b"{}")
            return
        selftests.check(report, device=device, public=self.platform.publics[device])
        self.platform.of(device).selftests.append(report)
        self._send(200, b"{}")

    def _refuse(self, refusal: Refused) -> None:
        self._send(403, json.dumps({"code": refusal.reason, "detail": refusal.detail}).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def ready(platform: Platform, *airings: Any, sounds: tuple[village.Sound, ...] = (), **changes: Any) -> Plan:
    """Give the platform a keyset, a placement and a plan with these airings."""
    now = now_ms()
    platform.give(*sounds)
    platform.publish("keyset", village.keyset(now))
    platform.publish("placement", village.placement(now, **changes))
    plan = village.plan(now, airings, sounds)
    platform.publish("plan", plan)
    return plan


def soon(platform: Platform, identifier: str, sound: village.Sound, *, ahead: int = 2_000) -> int:
    """Tell everybody of a plan with this item `ahead` ms from now; when it starts."""
    now = now_ms()
    platform.give(sound)
    platform.publish("plan", village.plan(now, (village.airing(identifier, now + ahead, sound),), (sound,)))
    platform.hint("plan")
    return now + ahead


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
