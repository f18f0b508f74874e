"""Channel options by the names that gRPC gives them, for programs that come from grpcio."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from remora.errors import ConfigError

from .options import MAX_MESSAGE, ChannelOptions, RetryPolicy

_FOR_EVER = 2**31 - 1
"""What gRPC takes for no limit, beside -1 and 0."""


def apply_grpc_options(options: ChannelOptions, pairs: Iterable[tuple[str, Any]]) -> ChannelOptions:
    """Set options by their gRPC names, such as `[("grpc.keepalive_time_ms", 30_000)]`.

    Args:
        options: Options that were set by other means.
        pairs: Names and values, as `grpc.aio.secure_channel` takes them.

    Raises:
        ConfigError: A name is not supported, a value does not fit, or an option is set twice to different values.
    """
    changes: dict[str, Any] = {}
    by_name: dict[str, str] = {}
    floor = 0.0
    for name, value in _checked(pairs):
        if name in _PING_FLOORS:
            floor = max(floor, _milliseconds(name, value))
            continue
        if name in _NEEDS_NOTHING:
            if value != _NEEDS_NOTHING[name]:
                raise ConfigError(f"grpc_options: {name} must be {_NEEDS_NOTHING[name]}, not {value!r}")
            continue
        field, read = _OPTIONS[name]
        new = read(name, value)
        _refuse_difference(options, changes, by_name, field, name, new)
        changes[field], by_name[field] = new, name
    made = options._replace(**changes)
    if made.keepalive is not None and floor > made.keepalive:
        made = made._replace(keepalive=floor)
    return made


def _checked(pairs: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    for pair in pairs:
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[0], str)):
            raise ConfigError("grpc_options must be pairs of a name and a value", hint=_EXAMPLE)
        name, value = pair
        if name not in _OPTIONS and name not in _PING_FLOORS and name not in _NEEDS_NOTHING:
            raise ConfigError(f"grpc_options: {name!r} is not supported", hint=_instead(name))
        yield name, value


def _refuse_difference(
    options: ChannelOptions, changes: dict[str, Any], by_name: dict[str, str], field: str, name: str, new: Any
) -> None:
    if field in changes and changes[field] != new:
        both = name if by_name[field] == name else f"{by_name[field]} and {name}"
        raise ConfigError(f"grpc_options: {both} set the same thing to different values")
    before, default = getattr(options, field), getattr(_DEFAULTS, field)
    if before not in (default, new):
        raise ConfigError(f"grpc_options: {name} contradicts {field}={before!r}", hint="leave out one of them")


def _instead(name: str) -> str:
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    from difflib import get_close_matches

    known = [*_OPTIONS, *_PING_FLOORS, *_NEEDS_NOTHING]
    close = get_close_matches(name, known, 1, 0.75)
    return f"did you mean {close[0]!r}?" if close else f"supported are {', '.join(sorted(known))}"


def _integer(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(f"grpc_options: {name} must be an integer, not {value!r}")
    return int(value)


def _milliseconds(name: str, value: object) -> float:
    number = _integer(name, value)
    if number < 0:
        raise ConfigError(f"grpc_options: {name} must be a number of milliseconds, not {number}")
    return number / 1000


def _seconds(name: str, value: object) -> float:
    seconds = _milliseconds(name, value)
    if not seconds:
        raise ConfigError(f"grpc_options: {name} must be more than 0")
    return seconds


def _keepalive(name: str, value: object) -> float | None:
    return None if value == _FOR_EVER else _seconds(name, value)


def _size(name: str, value: object) -> int:
    size = _integer(name, value)
    if size < -1:
        raise ConfigError(f"grpc_options: {name} must be a number of bytes, or -1 for no limit")
    return MAX_MESSAGE if size == -1 else size


def _window(name: str, value: object) -> int:
    return min(_integer(name, value), 2**31 - 1)


def _switch(name: str, value: object) -> bool:
    if value not in (0, 1):  # True and False are these too
        raise ConfigError(f"grpc_options: {name} must be 0 or 1, not {value!r}")
    return bool(value)


def _retries(name: str, value: object) -> RetryPolicy:
    return RetryPolicy() if _switch(name, value) else RetryPolicy(attempts=1)


def _text(name: str, value: object) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        raise ConfigError(f"grpc_options: {name} must be text, not {value!r}")
    return text


def as_compression(value: object, where: str = "compression") -> str | None:
    """Read a compression: None, "gzip", "none" or "identity", or a member of `grpc.Compression`.

    Raises:
        ConfigError: It is another one.
    """
    name = value if isinstance(value, str) else getattr(value, "name", value)
    if isinstance(name, int) and not isinstance(name, bool):
        name = {0: "none", 2: "gzip"}.get(name, name)
    word = name.lower() if isinstance(name, str) else name
    if word in (None, "none", "identity", "nocompression"):
        return None
    if word == "gzip":
        return "gzip"
    raise ConfigError(f"{where} must be gzip or none, not {value!r}")


def _compression(name: str, value: object) -> str | None:
    return as_compression(value, f"grpc_options: {name}")


_EXAMPLE = 'write grpc_options=[("grpc.keepalive_time_ms", 30_000)]'
_DEFAULTS = ChannelOptions()

_OPTIONS: dict[str, tuple[str, Callable[[str, object], Any]]] = {
    "grpc.keepalive_time_ms": ("keepalive", _keepalive),
    "grpc.keepalive_timeout_ms": ("keepalive_timeout", _seconds),
    "grpc.keepalive_permit_without_calls": ("keepalive_without_calls", _switch),
    "grpc.max_receive_message_length": ("max_message_bytes", _size),
    "grpc.max_message_length": ("max_message_bytes", _size),
    "grpc.max_send_message_length": ("max_request_bytes", _size),
    "grpc.primary_user_agent": ("user_agent_prefix", _text),
    "grpc.secondary_user_agent": ("user_agent_suffix", _text),
    "grpc.default_authority": ("authority", _text),
    "grpc.ssl_target_name_override": ("tls_name", _text),
    "grpc.initial_reconnect_backoff_ms": ("reconnect_initial", _seconds),
    "grpc.max_reconnect_backoff_ms": ("reconnect_maximum", _seconds),
    "grpc.enable_retries": ("retry", _retries),
    "grpc.default_compression_algorithm": ("compression", _compression),
    "grpc.http2.lookahead_bytes": ("window_bytes", _window),
}

# The shortest time between two pings; more than the keepalive makes the keepalive longer.
_PING_FLOORS = (
    "grpc.http2.min_time_between_pings_ms",
    "grpc.http2.min_ping_interval_without_data_ms",
    "grpc.http2.min_sent_ping_interval_without_data_ms",
)

# Switches off what is not there to begin with: the number of pings without data is not limited.
_NEEDS_NOTHING = {"grpc.http2.max_pings_without_data": 0}

_ELSEWHERE = {
    "grpc.http_proxy": "pass http_proxy_url= to the client",
    "grpc.enable_http_proxy": "pass http_proxy_url='' to the client for no proxy",
    "grpc.service_config": "retry= and timeout= of the client do what a service config would",
    "grpc.min_reconnect_backoff_ms": "connect_timeout= of the client is the time that a connection may take",
}
