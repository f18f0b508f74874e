"""Damaged bytes: we accept and refuse what google protobuf accepts and refuses, and read the same out of them."""

from __future__ import annotations

import random
from typing import Any

import pytest
from google.protobuf.message import DecodeError as GoogleDecodeError

from remora.errors import DecodeError

MESSAGES = 500


def samples(oracle: Any, salt: str, count: int, longest: int) -> list[tuple[str, bytes]]:
    """Encoded random messages of random types, not empty and not too long to damage everywhere."""
    rng = random.Random(salt)
    names = sorted(oracle.types)
    found = []
    while len(found) < count:
        name = rng.choice(names)
        data = oracle.message(name, rng).SerializeToString()
        if 0 < len(data) <= longest:
            found.append((name, data))
    return found


def agree(oracle: Any, name: str, data: bytes) -> bool:
    """Both sides accept and then hold the same, or both refuse."""
    ours, theirs = oracle.types[name], oracle.theirs[name]
    try:
        expected = theirs.FromString(data)
    except GoogleDecodeError:
        expected = None
    try:
        message = ours.parse(data)
    except DecodeError as error:
        # Google's implementation keeps a field with the number 0, although the specification has no such field.
        refused = expected is None or "field number 0" in str(error)
        return refused and " at byte " in str(error)
    if expected is None:
        return False
    again = theirs.FromString(bytes(message))
    return bool(again.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True))


def test_every_truncation(oracle: Any) -> None:
    for name, data in samples(oracle, "truncation", MESSAGES, 400):
        for length in range(len(data)):
            assert agree(oracle, name, data[:length]), (name, data[:length])


def test_flipped_bits(oracle: Any) -> None:
    rng = random.Random("flips")
    for name, data in samples(oracle, "flips", MESSAGES, 2000):
        for _ in range(40):
            damaged = bytearray(data)
            for _ in range(rng.choice([1, 1, 2, 5])):
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            assert agree(oracle, name, bytes(damaged)), (name, bytes(damaged))


def test_inserted_and_joined_pieces(oracle: Any) -> None:
    rng = random.Random("pieces")
    for name, data in samples(oracle, "pieces", MESSAGES, 2000):
        for _ in range(20):
            cut, other = rng.randrange(len(data)), rng.randbytes(rng.randint(1, 12))
            assert agree(oracle, name, data[:cut] + other + data[cut:]), (name, data, cut, other)
        # Two encodings in a row are a merge.
        second = oracle.message(name, rng).SerializeToString()
        assert agree(oracle, name, data + second), (name, data, second)


@pytest.mark.parametrize("length", [1, 2, 3, 5, 8, 13])
def test_random_bytes(oracle: Any, length: int) -> None:
    rng = random.Random(f"random {length}")
    names = sorted(oracle.types)
    for _ in range(8000):
        name, data = rng.choice(names), rng.randbytes(length)
        assert agree(oracle, name, data), (name, data)
