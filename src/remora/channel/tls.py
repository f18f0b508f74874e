"""Making TLS contexts."""

from __future__ import annotations

import contextlib
import os
import ssl
import sys
import threading
from typing import TYPE_CHECKING, Any

from remora.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .security import Certificates, Pem


def make_context(
    protocol: str, ca_cert_file: str, certificates: Certificates, *, insecure_skip_verify: bool
) -> ssl.SSLContext:
    """Make a client's TLS context: TLS 1.2 or newer, with one ALPN protocol.

    Args:
        protocol: What to offer by ALPN, "h2" or "http/1.1".
        ca_cert_file: PEM file with the authorities to trust instead of the system's; "" for the system's.
        certificates: Certificates that the program gave.
        insecure_skip_verify: Accept any certificate.

    Raises:
        ConfigError: A file cannot be read, or holds nothing of what it should.
    """
    if certificates.ssl_context is not None:
        return _Offering(certificates.ssl_context, protocol)
    if insecure_skip_verify:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif certificates.root_certificates is not None:
        context = _trusting("root_certificates", certificates.root_certificates)
    elif ca_cert_file:
        context = _trusting("ca_cert_file", os.path.expanduser(ca_cert_file))
    else:
        context = _trusting_the_system()
    if certificates.certificate_chain is not None and certificates.private_key is not None:
        _show(context, certificates.certificate_chain, certificates.private_key)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([protocol])
    return context


def _trusting(name: str, pem: Pem) -> ssl.SSLContext:
    shown = "" if isinstance(pem, bytes) else f" {os.fspath(pem)!r}"
    try:
        if isinstance(pem, bytes):
            return ssl.create_default_context(cadata=pem.decode("ascii"))
        return ssl.create_default_context(cafile=pem)
    except (ssl.SSLError, UnicodeDecodeError, ValueError) as error:
        raise ConfigError(f"{name}{shown} holds no usable certificate in PEM form") from error
    except OSError as error:
        raise ConfigError(f"{name}{shown} cannot be read: {error.strerror}") from error


def _trusting_the_system() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if sys.platform != "win32" and not _system_has_certificates():
        # A Python without its system's certificates, such as that of python.org on macOS. httpx brings certifi along.
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _system_has_certificates() -> bool:
    paths = ssl.get_default_verify_paths()  # a path that does not exist is None here
    return any((paths.cafile, paths.capath))


def _show(context: ssl.SSLContext, chain: Pem, key: Pem) -> None:
    """Make a context show the client's own certificate."""
    try:
        with _as_file(chain) as chain_path, _as_file(key) as key_path:
            context.load_cert_chain(chain_path, key_path, _no_password)
    except ssl.SSLError as error:
        why = "they do not belong together" if error.reason == "KEY_VALUES_MISMATCH" else "they are not PEM"
        raise ConfigError(f"certificate_chain and private_key cannot be used: {why}") from error
    except OSError as error:
        name = f" {error.filename!r}" if error.filename else ""
        raise ConfigError(
            f"certificate_chain or private_key{name} cannot be read: {error.strerror or error}"
        ) from error


def _no_password() -> str:
    # Without this, OpenSSL would ask on the terminal and wait.
    raise ConfigError("private_key is encrypted", hint="give it without a password, or in an ssl_context")


@contextlib.contextmanager
def _as_file(pem: Pem) -> Iterator[str]:
    """The path of PEM text; `ssl` reads certificates and keys of its own side only from files."""
    if not isinstance(pem, bytes):
        yield os.path.expanduser(os.fspath(pem))
        return
    import tempfile

    handle, path = tempfile.mkstemp(prefix="remora-", suffix=".pem")  # only this user can read it
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        yield path
    finally:
        os.unlink(path)


class _Offering(ssl.SSLContext):
    """A context of the program's own, which offers what is needed here.

    One context may serve calls, which need HTTP/2, and HTTP requests, for which httpx wants HTTP/1.1. OpenSSL copies
    the ALPN protocols into each connection, so setting them just before is enough.
    """

    _lock = threading.Lock()

    def __new__(cls, context: ssl.SSLContext, protocol: str) -> _Offering:
        made = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        made._context = context
        made._protocol = protocol
        return made

    _context: ssl.SSLContext
    _protocol: str

    def set_alpn_protocols(self, alpn_protocols: Any) -> None:
        """Keep what was decided (httpx sets its own)."""

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """Start TLS in memory, as asyncio does."""
        with self._lock:
            self._context.set_alpn_protocols([self._protocol])
            return self._context.wrap_bio(*args, **options)

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        """Start TLS on a socket, as blocking HTTP clients do."""
        with self._lock:
            self._context.set_alpn_protocols([self._protocol])
            wrapped = self._context.wrap_socket(*args, **{**options, "do_handshake_on_connect": False})
        if options.get("do_handshake_on_connect", True):
            wrapped.do_handshake()
        return wrapped
