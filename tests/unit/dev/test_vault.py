from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from remora.dev.vault import Vault
from remora.errors import FailedPrecondition

KEY = bytes(range(32))


def test_a_sealed_value_is_opened_by_its_owner() -> None:
    vault = Vault(lambda: KEY)
    sealed = vault.seal(b"value", "secret a")
    assert b"value" not in sealed
    assert sealed != vault.seal(b"value", "secret a")
    assert Vault(lambda: KEY).open(sealed, "secret a") == b"value"


@pytest.mark.parametrize("what", ["owner", "key", "bit", "end", "nothing"])
def test_any_change_is_noticed(what: str) -> None:
    sealed, owner, key = Vault(lambda: KEY).seal(b"value", "secret a"), "secret a", KEY
    if what == "owner":
        owner = "secret b"
    elif what == "key":
        key = bytes(32)
    elif what == "bit":
        sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    else:
        sealed = sealed[:-1] if what == "end" else b""
    with pytest.raises(FailedPrecondition, match=f"{owner} cannot be decrypted"):
        Vault(lambda: key).open(sealed, owner)


def test_threads_that_come_first_together_use_one_key() -> None:
    barrier = threading.Barrier(8)
    vault = Vault(lambda: secrets.token_bytes(32))

    def seal(number: int) -> bytes:
        barrier.wait(30)
        return vault.seal(str(number).encode(), "secret")

    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(seal, range(8)))
    assert [vault.open(each, "secret") for each in sealed] == [str(number).encode() for number in range(8)]
