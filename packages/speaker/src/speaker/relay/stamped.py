"""What the platform serves at `/relay/...`: Opus packets with the instant at which each is to be heard."""

from collections.abc import Iterator
from typing import Any

import av
import av.error
from devicelink.refusals import Refused
from devicelink.relayed import OPUS, PACKET, Parser, read_news
from devicelink.relayed import RATE as WIRE_RATE

from speaker.relay.trouble import Trouble
from speaker.relay.web import Answer
from speaker.sink import Pcm


def heard(answer: Answer) -> Iterator[tuple[int, Pcm]]:
    """(stamp, samples) as they come. Raises Trouble, also what the platform says of its own source."""
    context: Any = av.CodecContext.create("opus", "r")
    context.sample_rate, context.layout = WIRE_RATE, "mono"
    resampler = av.AudioResampler(format="s16", layout="mono", rate=WIRE_RATE)
    parser = Parser()
    try:
        while data := answer.read():
            for frame in parser.feed(data):
                if frame.kind == OPUS:
                    yield from ((frame.stamp, samples) for samples in _samples(context, resampler, frame.payload))
                elif trouble := read_news(frame.payload).trouble:
                    raise Trouble(trouble, "told by the platform")
    except (av.error.FFmpegError, Refused, ValueError) as error:
        raise Trouble("junk", str(error)[:200]) from error
    raise Trouble("gone", "the platform closed it")


def _samples(context: Any, resampler: Any, packet: bytes) -> Iterator[Pcm]:
    for decoded in context.decode(av.Packet(packet)):
        for piece in resampler.resample(decoded):
            samples: Pcm = piece.to_ndarray().reshape(-1)
            if len(samples) == PACKET:
                yield samples
