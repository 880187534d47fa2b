"""Fetches documents, sounds and time from the gateway, and takes proofs there. Blocking parts run in worker threads."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar

import msgspec
from devicelink import tokens
from devicelink.jws import encode64
from devicelink.messages import LogUpload, ProofUpload, SelfTest, SoundFile, Wheel
from devicelink.refusals import Reason, Refused

from speaker.cache import MediaCache
from speaker.clock import DeviceClock
from speaker.config import Config
from speaker.http import Answer, Http, Unreachable

T = TypeVar("T")
_OK, _NO_CONTENT, _NOT_MODIFIED, _NOT_FOUND, _RANGE, _BUSY, _BROKEN = 200, 204, 304, 404, 416, 429, 500


class Broken(Exception):
    """What came is not what was ordered."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """POST `/device/time`."""

    device: str
    nonce: str


def new_nonce() -> str:
    """128 random bits."""
    return encode64(secrets.token_bytes(16))


class Fetch:
    """One gateway, one device. Raises Unreachable (try again later) and Refused (the gateway's coded reason)."""

    def __init__(
        self, config: Config, device: str, seed: bytes, clock: DeviceClock, pool: Executor, gateway: str
    ) -> None:
        self._device, self._seed, self._clock, self._pool = device, seed, clock, pool
        self._http = Http(gateway, config.ca, clock.now)
        self._dateless = Http(gateway, config.ca)
        self._bulk = Http(gateway, config.ca, clock.now)  # a release may take an hour; nothing else waits for it
        self.received = 0

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()
        self._dateless.close()
        self._bulk.close()

    async def document(self, kind: str, revision: int) -> bytes | None:
        """The JWS of `kind` ("plan", ...); None if there is none or `revision` is still the newest."""
        token, etag = self._login(), str(revision) if revision else ""
        http = self._http if token else self._dateless  # the keyset, without which no time can be believed either
        answer = await self._run(lambda: http.request("GET", f"/device/{kind}", token=token, etag=etag))
        if answer.status in (_NOT_MODIFIED, _NOT_FOUND):
            return None
        return self._body(answer)

    async def time(self) -> tuple[bytes, str, int, int]:
        """A signed time: (JWS, nonce, oscillator ns when asked, and when received). Not yet verified."""
        nonce = new_nonce()
        body = msgspec.json.encode(Question(device=self._device, nonce=nonce))

        def ask() -> tuple[Answer, int, int]:
            asked = self._clock.ticks_ns()
            answer = self._dateless.request("POST", "/device/time", body=body)
            return answer, asked, self._clock.ticks_ns()

        answer, asked, received = await self._run(ask)
        return self._body(answer), nonce, asked, received

    async def proofs(self, upload: ProofUpload) -> bytes:
        """The receipt (JWS)."""
        body = msgspec.json.encode(upload)
        token = self._login()
        return self._body(await self._run(lambda: self._http.request("POST", "/device/proofs", body=body, token=token)))

    async def selftest(self, report: SelfTest) -> None:
        """Returns when the platform has stored it."""
        body = msgspec.json.encode(report)
        token = self._login()
        self._body(await self._run(lambda: self._http.request("POST", "/device/selftest", body=body, token=token)))

    async def media(self, file: SoundFile, cache: MediaCache, keep: frozenset[str]) -> None:
        """Fetch one file into the cache, going on where an earlier transfer broke off."""
        start = cache.begun(file.sha256)
        cache.make_room(max(0, file.size - start), keep)
        await self._run(lambda: self._transfer(file, cache, start))

    def _transfer(self, file: SoundFile, cache: MediaCache, start: int) -> None:
        end = start

        def take(piece: bytes, offset: int) -> None:
            nonlocal end
            if offset + len(piece) > file.size:
                raise Refused(Reason.WRONG_HASH, f"{file.sha256}: longer than {file.size} bytes")
            cache.append(file.sha256, piece, offset)
            self.received += len(piece)
            end = offset + len(piece)

        if start < file.size:
            try:
                self._download(file.sha256, start, take)
            except Refused as refusal:
                if refusal.reason is Reason.WRONG_HASH:
                    cache.abandon(file.sha256)
                raise
        if end < file.size:
            raise Unreachable(f"{file.sha256}: {end} of {file.size} bytes")
        cache.finish(file.sha256)

    def _download(self, sha256: str, start: int, take: Callable[[bytes, int], None]) -> None:
        answer = self._http.download(f"/device/media/{sha256}", token=self._token(), start=start, take=take)
        if answer.status == _RANGE:
            raise Refused(Reason.WRONG_HASH, f"{sha256}: nothing after byte {start}")
        if answer.status not in (200, 206):
            self._body(answer)

    async def wheel(self, wheel: Wheel, path: Path, *, quiet: Callable[[], bool]) -> None:
        """One wheel into `path`, going on where it broke off, breaking off when it is not `quiet` any more. Broken."""
        await self._run(lambda: self._bring(wheel, path, quiet))

    def _bring(self, wheel: Wheel, path: Path, quiet: Callable[[], bool]) -> None:
        part = path.with_name(f"{path.name}.part")
        with part.open("ab") as file:

            def take(piece: bytes, offset: int) -> None:
                if offset != file.tell() or offset + len(piece) > wheel.size:
                    raise Broken(f"{wheel.name}: longer than {wheel.size} bytes, or another piece than was asked for")
                file.write(piece)
                self.received += len(piece)
                if not quiet():
                    raise Unreachable("something is to sound")

            try:
                if file.tell() < wheel.size:
                    self._wheel(wheel.sha256, file.tell(), take)
                if file.tell() < wheel.size:
                    raise Unreachable(f"{wheel.name}: {file.tell()} of {wheel.size} bytes")
                file.flush()
                os.fsync(file.fileno())
                _check_hash(wheel, part)
            except Broken:
                part.unlink()
                raise
        part.replace(path)

    def _wheel(self, sha256: str, start: int, take: Callable[[bytes, int], None]) -> None:
        answer = self._bulk.download(f"/device/wheel/{sha256}", token=self._token(), start=start, take=take)
        if answer.status not in (200, 206):
            self._body(answer)

    async def log(self, upload: LogUpload) -> None:
        """What it wrote down about itself, on demand."""
        body, token = msgspec.json.encode(upload), self._login()
        answer = await self._run(lambda: self._http.request("POST", "/device/log", body=body, token=token))
        if answer.status != _NO_CONTENT:
            self._body(answer)

    def _login(self) -> str:
        """Without a clock there is no valid token; the keyset and the time are given without one."""
        return self._token() if self._clock.valid() else ""

    def _token(self) -> str:
        return tokens.make(self._device, tokens.GATEWAY, seed=self._seed, now=self._clock.now())

    def _body(self, answer: Answer) -> bytes:
        self.received += len(answer.body)
        if answer.status == _BUSY or answer.status >= _BROKEN:
            raise Unreachable(f"HTTP {answer.status}")
        if answer.status != _OK:
            raise answer.refusal()
        return answer.body

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _check_hash(wheel: Wheel, path: Path) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wheel.sha256:
        raise Broken(f"{wheel.name}: another hash")
