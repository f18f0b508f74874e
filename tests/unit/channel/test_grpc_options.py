"""Options by the names that gRPC gives them."""

from __future__ import annotations

import enum
from typing import Any

import pytest

from remora.channel import ChannelOptions, RetryPolicy
from remora.channel.grpc_options import apply_grpc_options, as_compression
from remora.client import Client
from remora.errors import ConfigError

PLAIN = ChannelOptions()


class Compression(enum.IntEnum):
    """As in grpcio."""

    NoCompression = 0
    Deflate = 1
    Gzip = 2


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("grpc.keepalive_time_ms", 30_500, {"keepalive": 30.5}),
        ("grpc.keepalive_time_ms", 2**31 - 1, {"keepalive": None}),
        ("grpc.keepalive_timeout_ms", 500, {"keepalive_timeout": 0.5}),
        ("grpc.keepalive_permit_without_calls", 1, {"keepalive_without_calls": True}),
        ("grpc.keepalive_permit_without_calls", False, {}),
        ("grpc.max_receive_message_length", 1000, {"max_message_bytes": 1000}),
        ("grpc.max_receive_message_length", -1, {"max_message_bytes": 2**32 - 1}),
        ("grpc.max_message_length", 1000, {"max_message_bytes": 1000}),
        ("grpc.max_send_message_length", 1000, {"max_request_bytes": 1000}),
        ("grpc.primary_user_agent", "app/1", {"user_agent_prefix": "app/1"}),
        ("grpc.secondary_user_agent", b"lib/2", {"user_agent_suffix": "lib/2"}),
        ("grpc.default_authority", "api.example.com", {"authority": "api.example.com"}),
        ("grpc.ssl_target_name_override", "api.example.com", {"tls_name": "api.example.com"}),
        ("grpc.initial_reconnect_backoff_ms", 50, {"reconnect_initial": 0.05}),
        ("grpc.max_reconnect_backoff_ms", 9000, {"reconnect_maximum": 9.0}),
        ("grpc.enable_retries", 0, {"retry": RetryPolicy(attempts=1)}),
        ("grpc.enable_retries", 1, {}),
        ("grpc.default_compression_algorithm", 2, {"compression": "gzip"}),
        ("grpc.default_compression_algorithm", Compression.NoCompression, {}),
        ("grpc.http2.lookahead_bytes", 100_000, {"window_bytes": 100_000}),
        ("grpc.http2.max_pings_without_data", 0, {}),
        ("grpc.http2.min_time_between_pings_ms", 60_000, {"keepalive": 60.0}),
        ("grpc.http2.min_ping_interval_without_data_ms", 1000, {}),
    ],
)
def test_names_that_are_understood(name: str, value: Any, expected: dict[str, Any]) -> None:
    assert apply_grpc_options(PLAIN, [(name, value)]).check() == PLAIN._replace(**expected)


def test_what_flytes_own_client_passes() -> None:
    options = apply_grpc_options(
        PLAIN,
        (
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.keepalive_time_ms", 30000),
            ("grpc.keepalive_timeout_ms", 10000),
            ("grpc.http2.max_pings_without_data", 0),
            ("grpc.http2.min_ping_interval_without_data_ms", 30000),
        ),
    )
    assert options == PLAIN._replace(keepalive_without_calls=True)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("grpc.keepalive_time", "did you mean 'grpc.keepalive_time_ms'?"),
        ("grpc.max_recieve_message_length", "did you mean 'grpc.max_receive_message_length'?"),
        ("grpc.service_config", "retry= and timeout="),
        ("grpc.http_proxy", "http_proxy_url="),
        ("something", "supported are grpc.default_authority, "),
    ],
)
def test_other_names_are_refused_and_the_nearest_is_named(name: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=f"grpc_options: '{name}' is not supported") as caught:
        apply_grpc_options(PLAIN, [(name, 1)])
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("grpc.keepalive_time_ms", "30"),
        ("grpc.keepalive_time_ms", True),
        ("grpc.keepalive_time_ms", -5),
        ("grpc.keepalive_timeout_ms", 0),
        ("grpc.keepalive_permit_without_calls", 2),
        ("grpc.max_receive_message_length", -2),
        ("grpc.max_receive_message_length", 0),
        ("grpc.primary_user_agent", 5),
        ("grpc.primary_user_agent", "a\r\nb"),
        ("grpc.default_authority", "two words"),
        ("grpc.enable_retries", "yes"),
        ("grpc.default_compression_algorithm", 1),
        ("grpc.http2.max_pings_without_data", 2),
        ("grpc.http2.lookahead_bytes", 1),
    ],
)
def test_values_that_do_not_fit_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigError):
        apply_grpc_options(PLAIN, [(name, value)]).check()


@pytest.mark.parametrize("pairs", [["grpc.enable_retries"], [("grpc.enable_retries",)], [(1, 2)]])
def test_what_is_not_a_pair_is_refused(pairs: Any) -> None:
    with pytest.raises(ConfigError, match="must be pairs of a name and a value"):
        apply_grpc_options(PLAIN, pairs)


def test_two_values_for_one_thing_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"grpc\.enable_retries set the same thing to different values"):
        apply_grpc_options(PLAIN, [("grpc.enable_retries", 0), ("grpc.enable_retries", 1)])
    with pytest.raises(ConfigError, match=r"max_receive_message_length and grpc\.max_message_length set the same"):
        apply_grpc_options(PLAIN, [("grpc.max_receive_message_length", 1), ("grpc.max_message_length", 2)])
    with pytest.raises(ConfigError, match=r"grpc\.keepalive_time_ms contradicts keepalive=5\.0"):
        apply_grpc_options(PLAIN._replace(keepalive=5.0), [("grpc.keepalive_time_ms", 9000)])
    same = apply_grpc_options(PLAIN._replace(keepalive=5.0), [("grpc.keepalive_time_ms", 5000)])
    assert same.keepalive == 5.0


def test_a_client_takes_them() -> None:
    client = Client("http://h", config_file=False, grpc_options=[("grpc.keepalive_time_ms", 9000)])
    assert client.options.keepalive == 9.0
    with pytest.raises(ConfigError, match="contradicts keepalive"):
        Client("http://h", config_file=False, keepalive=1, grpc_options=[("grpc.keepalive_time_ms", 9000)])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("none", None),
        ("identity", None),
        ("GZIP", "gzip"),
        (Compression.Gzip, "gzip"),
        (Compression.NoCompression, None),
        (2, "gzip"),
        (0, None),
    ],
)
def test_compressions(value: Any, expected: str | None) -> None:
    assert as_compression(value) == expected


@pytest.mark.parametrize("value", ["deflate", Compression.Deflate, 1, True, b"gzip"])
def test_other_compressions_are_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="compression must be gzip or none"):
        as_compression(value)
