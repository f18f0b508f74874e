"""TLS settings of a channel."""

from __future__ import annotations

import ssl
import sys
import warnings

from remora.errors import ConfigError, ConfigWarning


def tls_context(ca_cert_file: str = "", *, insecure_skip_verify: bool = False) -> ssl.SSLContext:
    """Make the TLS context of a channel: TLS 1.2 or newer, HTTP/2 only.

    Args:
        ca_cert_file: PEM file with the certificates to trust instead of the system's; "" for the system's.
        insecure_skip_verify: Accept any certificate. Anyone between client and server can then read and change
            everything, so this warns.

    Raises:
        ConfigError: The file does not exist or holds no certificate.
    """
    if insecure_skip_verify:
        warnings.warn(
            "insecure_skip_verify is on: the server's certificate is not checked, so anyone in between can read and "
            "change every call. Use ca_cert_file with the server's certificate instead",
            ConfigWarning,
            stacklevel=2,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = _verifying(ca_cert_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    return context


def _verifying(ca_cert_file: str) -> ssl.SSLContext:
    if ca_cert_file:
        try:
            return ssl.create_default_context(cafile=ca_cert_file)
        except ssl.SSLError as error:
            raise ConfigError(f"ca_cert_file {ca_cert_file!r} holds no usable certificate in PEM form") from error
        except OSError as error:
            raise ConfigError(f"ca_cert_file {ca_cert_file!r} cannot be read: {error.strerror}") from error
    context = ssl.create_default_context()
    if sys.platform != "win32" and not _system_has_certificates():
        # A Python without its system's certificates, such as that of python.org on macOS. httpx brings certifi along.
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _system_has_certificates() -> bool:
    paths = ssl.get_default_verify_paths()  # a path that does not exist is None here
    return any((paths.cafile, paths.capath))
