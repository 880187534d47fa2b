"""What somebody who has broken into the message engine could send to a loudspeaker, and what it answers.

The intruder has the engine's own account, so every topic is open; what is missing are the keys that sign.
"""

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import nats
from devicelink import jws, topics
from devicelink.keyfiles import KEYSET_FILE
from devicelink.limits import PROTOCOL_VERSION
from devicelink.messages import Ack, Audience, Command, Keyset, Message, Plan, Role
from django.conf import settings
from nats.aio.client import Client

from loa.devices.models import Device
from loa.devices.rules.refusals import words
from loa.gateway import auth
from loa.kernel.clock import to_ms
from loa.kernel.errors import Unavailable

PATIENCE_S = 6.0
LIFE = timedelta(minutes=5)
STRANGER = "khoa-cua-ke-gian"


@dataclass(frozen=True, slots=True)
class Forgery:
    """A message that nobody of ours signed: what it wants, in words; `of` is the name by which the device answers."""

    wish: str
    of: str
    token: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the device answered to one forgery."""

    wish: str
    device: str
    code: str
    words: str


def forgeries(device: Device, keyset: Keyset, now: datetime) -> tuple[Forgery, ...]:
    """A stop order under the name of our own key, and a plan under a strange one."""
    issued, expires = to_ms(now), to_ms(now + LIFE)
    own = next(key.kid for key in keyset.keys if key.role is Role.COMMAND)
    order = Command(
        audience=Audience(device=device.pk), id=str(uuid4()), issued=issued, expires=expires, action="stop_item"
    )
    plan = Plan(
        audience=Audience(plan_set=device.plan_set_id), revision=issued, issued=issued, start=issued, end=expires,
        airings=(), files=(),
    )  # fmt: skip
    return (
        Forgery("Lệnh dừng phát, mạo danh khóa của hệ thống", f"command:{order.id}", _signed(order, own)),
        Forgery("Lịch phát trống, ký bằng khóa của kẻ gian", f"plan:{plan.revision}", _signed(plan, STRANGER)),
    )


def _signed(message: Message, kid: str) -> str:
    payload = msgspec.json.encode(message)
    return jws.sign(payload, typ=message.typ, kid=kid, version=PROTOCOL_VERSION, seed=os.urandom(32))


def attack(now: datetime) -> tuple[Answer, ...]:
    """Publish them to the first sample loudspeaker that is there, and wait for its answers. The gateway hears them too.

    Raises Unavailable when no loudspeaker is there, or none answers in time.
    """
    device = Device.objects.filter(status__state="online", plan_set__isnull=False).order_by("area", "number").first()
    if device is None:
        raise Unavailable("Chưa có loa mô phỏng nào đang liên lạc. Hãy thử lại sau vài giây.")
    try:
        sent = forgeries(device, read_keyset(settings.ENV.gateway_keys), now)
        acks = asyncio.run(_exchange(device.pk, sent))
    except (OSError, TimeoutError, nats.errors.Error) as error:
        raise Unavailable("Chưa thử được: không tới được máy chủ tin nhắn, hoặc loa chưa trả lời.") from error
    return tuple(_answer(device, one, acks[one.of]) for one in sent)


def read_keyset(folder: Path) -> Keyset:
    """The keyset is public: every device holds it."""
    return jws.decode(jws.parse((folder / KEYSET_FILE).read_text().strip()).payload, Keyset)


def _answer(device: Device, forgery: Forgery, ack: Ack) -> Answer:
    return Answer(forgery.wish, f"{device.number:02d} · {device.name}", ack.code, words(ack.code, "").why)


async def _exchange(device: str, sent: Sequence[Forgery]) -> dict[str, Ack]:
    client = Client()
    seed = (settings.ENV.engine_keys / "platform.nk").read_text().strip()
    url = settings.ENV.nats_url or "nats://127.0.0.1:4222"
    await client.connect(url, nkeys_seed_str=seed, allow_reconnect=False, connect_timeout=2)
    try:
        return await asyncio.wait_for(_answers(client, device, sent), PATIENCE_S)
    finally:
        await client.close()


async def _answers(client: Client, device: str, sent: Sequence[Forgery]) -> dict[str, Ack]:
    heard = await client.subscribe(auth.dotted(topics.up(device, Ack.typ)))
    await client.flush()
    for one in sent:
        await client.publish(auth.dotted(topics.down(device)), one.token.encode())
    return await _collect(heard.messages, {one.of for one in sent})


async def _collect(messages: object, wanted: Iterable[str]) -> dict[str, Ack]:
    missing, found = set(wanted), dict[str, Ack]()
    async for message in messages:  # type: ignore[attr-defined]
        ack = msgspec.json.decode(message.data, type=Ack)
        if ack.of in missing:
            missing.discard(ack.of)
            found[ack.of] = ack
        if not missing:
            break
    return found
