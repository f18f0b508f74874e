"""Well-known formats of strings, as validation rules name them. What they need is imported when one is used."""

from __future__ import annotations

# RFC 3986, appendix A. What a host name may hold is checked apart from the characters that a URI allows.
_UNRESERVED = r"A-Za-z0-9\-._~"
_SUB_DELIMS = r"!$&'()*+,;="
_ESCAPE = r"%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[{_UNRESERVED}{_SUB_DELIMS}:@]|{_ESCAPE})"
_HOST = rf"(?:\[(?P<literal>[^\]]*)\]|(?P<name>(?:[{_UNRESERVED}{_SUB_DELIMS}]|{_ESCAPE})*))"
_AUTHORITY = rf"(?:(?:[{_UNRESERVED}{_SUB_DELIMS}:]|{_ESCAPE})*@)?{_HOST}(?::(?P<port>[0-9]*))?"
_TAIL = rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?"
_PATH_ABEMPTY = rf"(?:/{_PCHAR}*)*"
_PATH_ABSOLUTE = rf"/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?"
_SCHEME = r"[A-Za-z][A-Za-z0-9+\-.]*"
_URI = rf"{_SCHEME}:(?://{_AUTHORITY}{_PATH_ABEMPTY}|{_PATH_ABSOLUTE}|{_PCHAR}+(?:/{_PCHAR}*)*|){_TAIL}"
# The first segment of a relative path has no colon, which would make it a scheme.
_SEGMENT_NC = rf"(?:[{_UNRESERVED}{_SUB_DELIMS}@]|{_ESCAPE})+"
_RELATIVE = rf"(?://{_AUTHORITY}{_PATH_ABEMPTY}|{_PATH_ABSOLUTE}|{_SEGMENT_NC}(?:/{_PCHAR}*)*|){_TAIL}"
_FUTURE = rf"v[0-9A-Fa-f]+\.[{_UNRESERVED}{_SUB_DELIMS}:]+"
# The HTML standard's "valid e-mail address", which is the one that validate.proto names.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~\-]+@{_LABEL}(?:\.{_LABEL})*"
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def is_uri(text: str) -> bool:
    """A URI with a scheme (RFC 3986)."""
    return _is_reference(_URI, text)


def is_uri_reference(text: str) -> bool:
    """A URI, or a reference relative to one (RFC 3986)."""
    return is_uri(text) or _is_reference(_RELATIVE, text)


def _is_reference(pattern: str, text: str) -> bool:
    import re

    match = re.fullmatch(pattern, text)
    if match is None:
        return False
    literal, name, port = match["literal"], match["name"], match["port"]
    if port and not (len(port) <= 5 and int(port) <= 65535):
        return False
    if literal is not None:
        return _is_literal(literal)
    return not name or _is_utf8(name)


def _is_literal(text: str) -> bool:
    """What stands in brackets: an IPv6 address, whose zone is escaped (RFC 6874), or an address yet to be invented."""
    import re

    if re.fullmatch(_FUTURE, text):
        return True
    address, separator, zone = text.partition("%25")
    if separator and not (re.fullmatch(rf"(?:[{_UNRESERVED}]|{_ESCAPE})+", zone) and _is_utf8(zone)):
        return False
    return "%" not in address and is_ip(address, 6)


def _is_utf8(escaped: str) -> bool:
    from urllib.parse import unquote_to_bytes

    try:
        unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError:
        return False
    return True


def is_hostname(text: str) -> bool:
    """A host name of at most 253 characters, whose last label is not a number; a dot may end it (RFC 1034)."""
    import re

    name = text.removesuffix(".")
    if len(text) > 253 or not re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*", name):
        return False
    return not name.rpartition(".")[2].isdigit()


def is_ip(text: str, version: int = 0) -> bool:
    """An IP address of this version, or of any; IPv6 may have a zone."""
    import ipaddress

    if not text.isascii() or "\0" in text:
        return False
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return version in (0, found.version)


def is_address(text: str) -> bool:
    """A host name or an IP address."""
    return is_hostname(text) or is_ip(text)


def is_email(text: str) -> bool:
    """An e-mail address, as browsers understand it."""
    import re

    return re.fullmatch(_EMAIL, text) is not None


def is_uuid(text: str) -> bool:
    """A UUID in its form of 36 characters (RFC 9562)."""
    import re

    return re.fullmatch(_UUID, text) is not None
