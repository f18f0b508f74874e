"""Encryption of what must not be read from the disk."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from remora.errors import FailedPrecondition

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_SIZE = 12  # of AES-GCM, SP 800-38D section 8.2.2


class Vault:
    """Seals values with AES-256 in Galois/Counter mode.

    A sealed value is bound to its owner: it cannot be opened as that of somebody else, and any change of it is noticed.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        """Prepare; nothing is read yet.

        Args:
            key: Gives the key, 32 bytes, at first use.
        """
        self._key = key
        self._lock = threading.Lock()
        self._made: AESGCM | None = None

    def seal(self, value: bytes, owner: str) -> bytes:
        """Encrypt a value.

        Raises:
            FailedPrecondition: The library that encrypts is not installed.
        """
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return nonce + self._cipher().encrypt(nonce, value, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """Decrypt a value.

        Raises:
            FailedPrecondition: The library is not installed, or the value was sealed with another key or changed.
        """
        cipher = self._cipher()
        from cryptography.exceptions import InvalidTag

        try:
            return cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], owner.encode())
        except (InvalidTag, ValueError):
            raise FailedPrecondition(
                f"{owner} cannot be decrypted: it was stored with another secrets.key, or damaged; create it again"
            ) from None

    def _cipher(self) -> AESGCM:
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        except ImportError:
            raise FailedPrecondition(
                "secrets are encrypted at rest, which needs the package cryptography; install it where the control "
                "plane runs: pip install 'remora[secrets]'"
            ) from None
        # Of two threads that come first at the same time only one may make the key.
        with self._lock:
            if self._made is None:
                self._made = AESGCM(self._key())
            return self._made
