"""The MQTT codec of the swarms."""

import pytest
from devicelink import codec
from hypothesis import given, settings
from hypothesis import strategies as st

TOPICS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=40)


def only(data: bytes) -> codec.Packet:
    (packet,) = codec.Parser().feed(data)
    return packet


def test_a_login_as_the_standard_writes_it() -> None:
    wire = codec.connect("spk-1", "spk-1", "token", keep_alive=60)
    assert wire.hex() == "101f00044d51545404c2003c000573706b2d31000573706b2d310005746f6b656e"
    assert codec.read_connect(only(wire)) == codec.Login("spk-1", "spk-1", "token", 60)
    assert codec.read_connack(only(codec.connack(5))) == 5


def test_subscriptions_and_refusals() -> None:
    wire = codec.subscribe(7, ("d/spk-1/down", "all/down"))
    assert codec.read_subscribe(only(wire)) == (7, ("d/spk-1/down", "all/down"))
    assert codec.read_suback(only(codec.suback(7, (0, codec.SUBSCRIPTION_REFUSED)))) == (7, (0, 0x80))


@settings(deadline=None)
@given(st.lists(st.tuples(TOPICS, st.binary(max_size=300)), max_size=8), st.lists(st.integers(1, 40), min_size=1))
def test_pieces_of_any_size_give_the_same_packets(messages: list[tuple[str, bytes]], sizes: list[int]) -> None:
    stream = b"".join(codec.publish(topic, payload) for topic, payload in messages) + codec.PING
    parser, got, position, turn = codec.Parser(), [], 0, 0
    while position < len(stream):
        size = sizes[turn % len(sizes)]
        got += list(parser.feed(stream[position : position + size]))
        position, turn = position + size, turn + 1
    *publications, ping = got
    assert [(item.topic, item.payload) for item in map(codec.read_publish, publications)] == messages
    assert ping.kind == codec.PINGREQ


@pytest.mark.parametrize("length", [0, 127, 128, 16_383, 16_384, 70_000])
def test_lengths_around_the_bounds_of_the_encoding(length: int) -> None:
    assert codec.read_publish(only(codec.publish("t", bytes(length)))).payload == bytes(length)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_noise_never_raises_anything_but_bad_packet(noise: bytes) -> None:
    readers = [codec.read_connect, codec.read_connack, codec.read_subscribe, codec.read_suback, codec.read_publish]
    try:
        for packet in codec.Parser().feed(noise):
            for reader in readers:
                try:
                    reader(packet)
                except codec.BadPacket:
                    continue
    except codec.BadPacket:
        return


def test_a_giant_packet_is_refused_before_it_is_collected() -> None:
    with pytest.raises(codec.BadPacket):
        list(codec.Parser(limit=1_000).feed(bytes([0x30, 0xFF, 0xFF, 0xFF, 0x7F])))
