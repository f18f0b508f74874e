from __future__ import annotations

import pytest

from remora.channel.endpoint import Endpoint, is_loopback, parse_endpoint
from remora.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "insecure", "expected"),
    [
        ("flyte.example.com", False, Endpoint("flyte.example.com", 443, "", True)),
        ("flyte.example.com", True, Endpoint("flyte.example.com", 80, "", False)),
        ("flyte.example.com:8090", False, Endpoint("flyte.example.com", 8090, "", True)),
        ("dns:///flyte.example.com", False, Endpoint("flyte.example.com", 443, "", True)),
        ("dns:///flyte.example.com:81/", True, Endpoint("flyte.example.com", 81, "", False)),
        ("https://flyte.example.com/", False, Endpoint("flyte.example.com", 443, "", True)),
        ("HTTPS://flyte.example.com:444", False, Endpoint("flyte.example.com", 444, "", True)),
        ("http://localhost:8090", False, Endpoint("localhost", 8090, "", False)),
        ("http://10.0.0.1", False, Endpoint("10.0.0.1", 80, "", False)),
        ("localhost:8090", False, Endpoint("localhost", 8090, "", True)),
        ("[::1]:8090", True, Endpoint("::1", 8090, "", False)),
        ("http://[2001:db8::1]", False, Endpoint("2001:db8::1", 80, "", False)),
        ("::1", True, Endpoint("::1", 80, "", False)),
        ("unix:/run/flyte.sock", False, Endpoint("", 0, "/run/flyte.sock", False)),
        ("unix:///run/flyte.sock", False, Endpoint("", 0, "/run/flyte.sock", False)),
        ("unix:relative.sock", True, Endpoint("", 0, "relative.sock", False)),
        ("  host:1  ", True, Endpoint("host", 1, "", False)),
    ],
)
def test_spellings(text: str, insecure: bool, expected: Endpoint) -> None:
    assert parse_endpoint(text).endpoint(insecure=insecure) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "https://",
        "ftp://host",
        "grpc://host:1",
        "dns://8.8.8.8/host",
        "host:0",
        "host:65536",
        "host:port",
        "host:",
        "host:٣",
        "host/path",
        "https://host/api?x=1",
        "host#f",
        "ho st",
        "[::1",
        "[::1]8090",
        "[nonsense:1]:2",
        "unix:",
        "unix://other/socket",
        'ho"st',
    ],
)
def test_nonsense_is_refused_with_the_spellings_that_work(text: str) -> None:
    with pytest.raises(ConfigError, match="the endpoint") as caught:
        parse_endpoint(text)
    assert "dns:///host" in str(caught.value.hint)


def test_credentials_in_an_endpoint_are_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="must not carry credentials") as caught:
        parse_endpoint("https://me:hunter2@host")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "url", "authority"),
    [
        (Endpoint("h", 443, "", True), "https://h:443", "h"),
        (Endpoint("h", 80, "", False), "http://h:80", "h"),
        (Endpoint("h", 443, "", False), "http://h:443", "h:443"),
        (Endpoint("::1", 8090, "", False), "http://[::1]:8090", "[::1]:8090"),
        (Endpoint("", 0, "/a/b", False), "unix:/a/b", "localhost"),
    ],
)
def test_one_spelling_for_people_and_one_for_the_wire(endpoint: Endpoint, url: str, authority: str) -> None:
    assert (endpoint.url, endpoint.authority) == (url, authority)
    assert parse_endpoint(endpoint.url).endpoint() == endpoint


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("api.localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("docker.example.com", False),
        ("localhost.example.com", False),
        ("127.example.com", False),
        ("128.0.0.1", False),
        ("127.0.0.evil", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
