"""How a channel behaves: deadlines, retries, limits. Plain data without a transport."""

from __future__ import annotations

from typing import NamedTuple

from remora.errors import ConfigError

MAX_MESSAGE = 2**32 - 1
"""Largest message there can be: its length is sent in four bytes."""

CONNECTION_WINDOW = 2**31 - 1
"""Flow-control window of a whole connection, the largest there can be. Each stream has its own window, and one that
nobody reads must not keep the others waiting."""

_SMALLEST_WINDOW, _LARGEST_WINDOW = 2**16 - 1, 2**31 - 1  # RFC 9113 section 6.9.2; the first is the default there


class RetryPolicy(NamedTuple):
    """When and how often a call is made again.

    A call is repeated when its status is UNAVAILABLE and repeating does no harm: the method is idempotent or declared
    safe, or the server certainly has not looked at the request. The pause before attempt n+1 is a random part of
    `initial * multiplier ** (n - 1)`, at most `maximum` (exponential back-off with full jitter), and never reaches past
    the deadline of the call. A server that names a pause in `grpc-retry-pushback-ms` is obeyed.

    Attributes:
        attempts: Most attempts of one call, the first included; 1 for no retries.
        initial: Largest pause before the second attempt, in seconds.
        maximum: Largest pause of all, in seconds.
        multiplier: Growth of the largest pause from one attempt to the next.
    """

    attempts: int = 4
    initial: float = 0.2
    maximum: float = 5.0
    multiplier: float = 2.0


class ChannelOptions(NamedTuple):
    """Behaviour of a channel.

    Attributes:
        timeout: Default deadline of a call that answers once, in seconds; `math.inf` for none. A stream has a deadline
            only if the caller gives one.
        connect_timeout: Seconds in which a connection must stand, TLS included.
        reconnect_initial: Largest pause, in seconds, before connecting again to an endpoint that could not be reached;
            it doubles with each failure.
        reconnect_maximum: Largest of these pauses, in seconds.
        keepalive: Seconds of silence, while calls wait, after which a ping is sent; None for no pings. A server that
            complains about pings gets half as many.
        keepalive_timeout: Seconds in which the server must react to a ping.
        keepalive_without_calls: Send pings also while no call waits. Many servers end connections that do.
        max_message_bytes: Largest response message that is accepted, after decompression.
        max_request_bytes: Largest request message that is sent, before compression.
        window_bytes: Flow-control window of a stream: what the server may send before the caller has read it.
        compression: "gzip" to compress requests of a kilobyte and more; None to send them as they are. Compressed
            responses are always understood.
        authority: What the `:authority` header says, or "" for the endpoint's host and port.
        tls_name: Host name that the server's certificate must be for, or "" for the endpoint's host.
        user_agent_prefix: Text before the library's own in the `user-agent` header.
        user_agent_suffix: Text after it.
        retry: When and how often a call is made again.
        validate: Check requests against the validation rules of the protos; False leaves it to the server.
    """

    timeout: float = 60.0
    connect_timeout: float = 20.0
    reconnect_initial: float = 0.1
    reconnect_maximum: float = 5.0
    keepalive: float | None = 30.0
    keepalive_timeout: float = 10.0
    keepalive_without_calls: bool = False
    max_message_bytes: int = 64 * 1024 * 1024
    max_request_bytes: int = MAX_MESSAGE
    window_bytes: int = 4 * 1024 * 1024
    compression: str | None = None
    authority: str = ""
    tls_name: str = ""
    user_agent_prefix: str = ""
    user_agent_suffix: str = ""
    retry: RetryPolicy = RetryPolicy()
    validate: bool = True

    def check(self) -> ChannelOptions:
        """Return these options if they make sense.

        Raises:
            ConfigError: One of them does not.
        """
        _positive("timeout", self.timeout)
        _positive("connect_timeout", self.connect_timeout)
        if self.keepalive is not None:
            _positive("keepalive", self.keepalive)
        _positive("keepalive_timeout", self.keepalive_timeout)
        _positive("reconnect_initial", self.reconnect_initial)
        _positive("reconnect_maximum", self.reconnect_maximum)
        _positive("max_message_bytes", self.max_message_bytes)
        _positive("max_request_bytes", self.max_request_bytes)
        if not _SMALLEST_WINDOW <= self.window_bytes <= _LARGEST_WINDOW:
            raise ConfigError(f"window_bytes must be between 65,535 and 2,147,483,647, not {self.window_bytes}")
        for name in ("authority", "tls_name", "user_agent_prefix", "user_agent_suffix"):
            value = getattr(self, name)
            if not (value.isascii() and value.isprintable()) or (name in ("authority", "tls_name") and " " in value):
                raise ConfigError(f"{name} has characters that may not be sent: {value!r}")
        if self.compression not in (None, "gzip"):
            raise ConfigError(f"compression must be None or 'gzip', not {self.compression!r}")
        if self.retry.attempts < 1:
            raise ConfigError(f"retry.attempts must be at least 1, not {self.retry.attempts}")
        _positive("retry.initial", self.retry.initial)
        _positive("retry.maximum", self.retry.maximum)
        if not self.retry.multiplier >= 1:
            raise ConfigError(f"retry.multiplier must be at least 1, not {self.retry.multiplier}")
        return self


def _positive(name: str, value: float) -> None:
    if not value > 0:  # also catches NaN
        raise ConfigError(f"{name} must be more than 0, not {value}")
