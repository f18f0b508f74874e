"""Header blocks: whatever is kept of them, a decoder reads what was given."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hpack import Decoder, HeaderTuple, NeverIndexedHeaderTuple

from remora.channel.header_blocks import HeaderEncoder

SHARED = [
    HeaderTuple(b":method", b"POST"),
    HeaderTuple(b":scheme", b"http"),
    HeaderTuple(b":path", b"/flyteidl2.workflow.RunService/GetRunDetails"),
    HeaderTuple(b":authority", b"127.0.0.1:8080"),
    HeaderTuple(b"user-agent", b"remora/1"),
]


def call(number: int) -> list[HeaderTuple]:
    return [
        *SHARED,
        NeverIndexedHeaderTuple(b"grpc-timeout", b"59999m"),
        NeverIndexedHeaderTuple(b"x-request-id", str(number).encode() * 8),
    ]


def test_what_calls_share_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, decoder = HeaderEncoder(), Decoder()
    looked_up: list[bytes] = []
    add = encoder.add

    def counted(field: Any, sensitive: bool, huffman: bool = False) -> bytes:
        looked_up.append(field[0])
        return add(field, sensitive, huffman)

    monkeypatch.setattr(encoder, "add", counted)
    for number in range(10):
        assert decoder.decode(encoder.encode(call(number)), raw=True) == call(number)
    # Once to put them into the table, once with the table as it stays.
    assert looked_up == [field[0] for field in SHARED] * 2


def test_what_is_never_indexed_stays_so() -> None:
    decoded = Decoder().decode(HeaderEncoder().encode(call(1)), raw=True)
    assert [field.indexable for field in decoded] == [True] * 5 + [False] * 2


def test_headers_as_text() -> None:
    """As h2 gives them before its version 4.2."""
    encoder, decoder = HeaderEncoder(), Decoder()
    for number in range(3):
        fields = call(number)
        given = [type(field)(*(part.decode() for part in field)) for field in fields]
        assert decoder.decode(encoder.encode(given), raw=True) == fields
    name, value = "x-name", "\u00fc\u65e5"
    block = encoder.encode([NeverIndexedHeaderTuple(name, value)])
    assert decoder.decode(block, raw=True) == [(name.encode(), value.encode())]


def test_a_value_of_any_length() -> None:
    decoder, encoder = Decoder(max_header_list_size=1 << 20), HeaderEncoder()
    for size in (0, 1, 126, 127, 128, 255, 20_000):
        fields = [NeverIndexedHeaderTuple(b"authorization", b"x" * size)]
        assert decoder.decode(encoder.encode(fields), raw=True) == fields


def test_the_change_of_the_tables_size_is_said_once() -> None:
    encoder, decoder = HeaderEncoder(), Decoder()
    for number in range(3):
        decoder.decode(encoder.encode(call(number)))
    for size in (0, 4096):
        encoder.header_table_size = size
    blocks = [encoder.encode(call(number)) for number in range(4)]
    assert blocks[0].startswith(b"\x20\x3f\xe1\x1f")  # 0, then 4096
    for number, block in enumerate(blocks):
        assert decoder.decode(block, raw=True) == call(number)
        assert number == 0 or block[0] & 0xE0 != 0x20


@pytest.mark.parametrize("seed", range(20))
def test_any_headers_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    encoder, decoder = HeaderEncoder(), Decoder()
    decoder.max_allowed_table_size = 4096
    kinds = (HeaderTuple, HeaderTuple, HeaderTuple, NeverIndexedHeaderTuple)
    known = [
        chance.choice(kinds)(f"name-{chance.randrange(6)}".encode(), b"v" * chance.choice((0, 3, 60, 900)))
        for _ in range(12)
    ]
    for _ in range(300):
        if chance.random() < 0.05:
            encoder.header_table_size = chance.choice((0, 100, 300, 1000, 4096))
        fields = chance.sample(known, chance.randrange(8)) if chance.random() < 0.3 else known[: chance.randrange(6)]
        assert decoder.decode(encoder.encode(fields), raw=True) == fields
