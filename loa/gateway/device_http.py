"""What devices fetch and post: /device/*. States come from memory, so they are served with PostgreSQL down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from devicelink import relayed, tokens
from devicelink.jws import decode64
from devicelink.keyring import fingerprint
from devicelink.limits import MAX_LOG_BYTES
from devicelink.messages import EnrolAnswer, EnrolRequest, LogUpload, ProofUpload, SelfTest
from devicelink.refusals import Reason, Refused
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from loa.gateway.http import at_most, bearer, guarded, host, message
from loa.gateway.limits import Limit
from loa.gateway.relaying import Relays
from loa.gateway.welcome import Welcomer
from loa.gateway.world import Member, Paper, World
from loa.kernel.clock import now as clock_now
from loa.kernel.clock import to_ms

SMALL_BODY = 4_096
PROOFS_BODY = 2 * 1024 * 1024
LOG_BODY = MAX_LOG_BYTES * 4 // 3 + SMALL_BODY
JOSE = "application/jose"


def open_questions_from_an_address() -> Limit:
    """Time and keyset, for which a device has no token yet. After a power cut a province of 15,000 asks behind a few
    addresses of its network operator within a quarter of a minute.
    """
    return Limit(burst=20_000, per_second=500)


def enrolments_from_an_address() -> Limit:
    """A commune hangs 100 loudspeakers behind one address on one day."""
    return Limit(burst=150, per_second=1)


def enrolments_with_a_code() -> Limit:
    """From whatever address: a device whose answer was lost asks again, nobody else has to."""
    return Limit(burst=10, per_second=0.05)


class TimeQuestion(msgspec.Struct):
    """POST /device/time."""

    device: str
    nonce: str


@dataclass(frozen=True)
class Doors:
    """What the platform does for devices; what writes blocks, and is called in a thread of its own."""

    enrol: Callable[[EnrolRequest, datetime], str]
    store_proofs: Callable[[str, ProofUpload, datetime], None]
    store_selftest: Callable[[str, SelfTest, datetime], None]
    path_of: Callable[[str], Path]
    wheel_of: Callable[[str], Path]
    store_log: Callable[[LogUpload, datetime], None]


class DeviceHttp:
    """The routes under /device."""

    def __init__(
        self,
        world: World,
        welcomer: Welcomer,
        doors: Doors,
        *,
        engine_url: str,
        media_url: str,
        on_proofs: Callable[[str, ProofUpload], None],
        relays: Path,
        alert_sound: Callable[[Member, str], Path | None] = lambda member, sha256: None,
    ) -> None:
        self._relays = Relays(relays)
        self._alert_sound = alert_sound
        self._world = world
        self._welcomer = welcomer
        self._doors = doors
        self._engine_url = engine_url
        self._media_url = media_url
        self._on_proofs = on_proofs
        self._enrol_limit = enrolments_from_an_address()
        self._code_limit = enrolments_with_a_code()
        self._all_enrols = Limit(burst=500, per_second=10)
        self._time_limit = open_questions_from_an_address()
        self._open_limit = open_questions_from_an_address()
        self._asker_limit = Limit(burst=30, per_second=0.5)
        self._device_limit = Limit(burst=120, per_second=4)
        self._writers = asyncio.Semaphore(8)

    def routes(self) -> list[Route]:
        """For Starlette."""
        return [
            Route("/device/enrol", guarded(self.enrol), methods=["POST"]),
            Route("/device/time", guarded(self.time), methods=["POST"]),
            Route("/device/keyset", guarded(self.keyset), methods=["GET"]),
            *(Route(f"/device/{typ}", guarded(self._state(typ)), methods=["GET"]) for typ in STATES),
            Route("/device/media/{sha256}", guarded(self.media), methods=["GET", "HEAD"]),
            Route("/device/wheel/{sha256}", guarded(self.wheel), methods=["GET", "HEAD"]),
            Route("/device/log", guarded(self.log), methods=["POST"]),
            Route("/device/proofs", guarded(self.proofs), methods=["POST"]),
            Route("/device/selftest", guarded(self.selftest), methods=["POST"]),
            Route("/relay/{name}", guarded(self.relay), methods=["GET"]),
        ]

    async def enrol(self, request: Request) -> Response:
        """EnrolRequest -> EnrolAnswer. Needs the database."""
        at_most(self._enrol_limit, host(request))
        at_most(self._all_enrols, "all")
        wish = await message(request, EnrolRequest, SMALL_BODY)
        at_most(self._code_limit, wish.claim)
        async with self._writers:
            device = await asyncio.to_thread(self._doors.enrol, wish, clock_now())
        answer = EnrolAnswer(
            device=device,
            fingerprint=fingerprint(decode64(wish.public)),
            engine_url=self._engine_url,
            media_url=self._media_url,
        )
        return Response(msgspec.json.encode(answer), media_type="application/json")

    async def time(self, request: Request) -> Response:
        """{device, nonce} -> Time (JWS). Without token: a device that does not know the time cannot make one."""
        at_most(self._time_limit, host(request))
        question = await message(request, TimeQuestion, SMALL_BODY)
        at_most(self._asker_limit, f"{host(request)} {question.device}")
        return Response(self._welcomer.time(question.device, question.nonce, clock_now()), media_type=JOSE)

    async def keyset(self, request: Request) -> Response:
        """The keyset, without token: a device needs it before it can check what time it is."""
        at_most(self._open_limit, host(request))
        return _document(request, self._world.paper("keyset", "all"))

    def _state(self, typ: str) -> Callable[[Request], "asyncio.Future[Response]"]:
        async def state(request: Request) -> Response:
            return _document(request, self._world.paper_for(self._member(request), typ))

        return state  # type: ignore[return-value]

    async def media(self, request: Request) -> Response:
        """A sound of the device's plan, or of an alert that it has to sound; also in parts (Range)."""
        member = self._member(request)
        sha256 = request.path_params["sha256"]
        path = self._alert_sound(member, sha256)
        if path is None and not self._world.may_fetch(member, sha256):
            raise Refused(Reason.MISSING_FILE, "not in the plan of this device")
        path = path or self._doors.path_of(sha256)
        if not path.is_file():
            raise Refused(Reason.MISSING_FILE, "not in the store")
        headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, max-age=31536000, immutable"}
        return FileResponse(path, media_type="audio/ogg", headers=headers)

    async def wheel(self, request: Request) -> Response:
        """A package of the release that this device was ordered to run, also in parts (Range)."""
        member = self._member(request)
        sha256 = request.path_params["sha256"]
        if not self._world.may_fetch_wheel(member, sha256):
            raise Refused(Reason.MISSING_FILE, "not in the release of this device")
        path = self._doors.wheel_of(sha256)
        if not path.is_file():
            raise Refused(Reason.MISSING_FILE, "not in the store")
        headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, no-store"}
        return FileResponse(path, media_type="application/octet-stream", headers=headers)

    async def log(self, request: Request) -> Response:
        """LogUpload, if it was asked for. Needs the database."""
        member = self._member(request)
        upload = await message(request, LogUpload, LOG_BODY)
        if upload.device != member.id:
            raise Refused(Reason.WRONG_AUDIENCE, "in another's name")
        async with self._writers:
            await asyncio.to_thread(self._doors.store_log, upload, clock_now())
        return Response(status_code=204)

    async def relay(self, request: Request) -> Response:
        """What the platform fetches once for all, with time stamps (`devicelink.relayed`), as long as it lasts."""
        member = self._member(request)
        frames = await self._relays.frames(member.id, request.path_params["name"])
        return StreamingResponse(frames, media_type=relayed.MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    async def proofs(self, request: Request) -> Response:
        """ProofUpload -> Receipt (JWS), once they are stored."""
        member = self._member(request)
        upload = await message(request, ProofUpload, PROOFS_BODY)
        async with self._writers:
            await asyncio.to_thread(self._doors.store_proofs, member.id, upload, clock_now())
        self._on_proofs(member.id, upload)
        head = upload.head
        receipt = self._welcomer.receipt(member.id, head.hash, head.boot, head.count, clock_now())
        return Response(receipt, media_type=JOSE)

    async def selftest(self, request: Request) -> Response:
        """SelfTest -> {}, once it is stored."""
        member = self._member(request)
        report = await message(request, SelfTest, SMALL_BODY)
        async with self._writers:
            await asyncio.to_thread(self._doors.store_selftest, member.id, report, clock_now())
        return Response(b"{}", media_type="application/json")

    def _member(self, request: Request) -> Member:
        """Who asks. Refused with the reasons of a login token, or limit_exceeded."""
        claims = tokens.check(
            bearer(request), audience=tokens.GATEWAY, public_of=self._world.public_of, now=to_ms(clock_now())
        )
        at_most(self._device_limit, claims.sub)
        return self._world.members[claims.sub]


STATES = ("placement", "plan", "volume", "release")


def _document(request: Request, paper: Paper | None) -> Response:
    if paper is None:
        raise Refused(Reason.MISSING_FILE, "there is none")
    tag = f'"{paper.revision}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(paper.jws, media_type=JOSE, headers=headers)
