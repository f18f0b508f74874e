from __future__ import annotations

import pytest

from remora.channel.endpoint import Endpoint
from remora.channel.proxy_url import NamedProxy, Proxy, parse_proxy, proxy_from_environment
from remora.errors import ConfigError

TLS = Endpoint("flyte.example.com", 443, "", True)
PLAIN = Endpoint("flyte.example.com", 80, "", False)
PROXY = {"https_proxy": "http://p:3128"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://p:3128", Proxy("p", 3128, "")),
        ("p:3128", Proxy("p", 3128, "")),
        ("http://p", Proxy("p", 80, "")),
        ("http://[::1]:1/", Proxy("::1", 1, "")),
        ("http://me:pa%40ss@p:1", Proxy("p", 1, "Basic bWU6cGFAc3M=")),
        ("http://me@p:1", Proxy("p", 1, "Basic bWU6")),
    ],
)
def test_urls(url: str, expected: Proxy) -> None:
    assert parse_proxy(url) == expected


@pytest.mark.parametrize("url", ["https://p:1", "socks5://p:1", "http://", "http://p:port", "http://[::1"])
def test_what_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="the HTTP proxy"):
        parse_proxy(url)


def test_the_password_is_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_proxy("socks5://me:hunter2@p:1")
    assert "hunter2" not in repr(caught.value)


@pytest.mark.parametrize(
    ("environ", "endpoint", "expected"),
    [
        ({}, TLS, None),
        (PROXY, TLS, NamedProxy("http://p:3128", "https_proxy")),
        ({"HTTPS_PROXY": "http://q"}, TLS, NamedProxy("http://q", "HTTPS_PROXY")),
        (PROXY, PLAIN, None),
        ({"http_proxy": "http://r"}, PLAIN, NamedProxy("http://r", "http_proxy")),
        ({**PROXY, "no_proxy": "*"}, TLS, None),
        ({**PROXY, "no_proxy": "other, example.com"}, TLS, None),
        ({**PROXY, "NO_PROXY": ".example.com"}, TLS, None),
        ({**PROXY, "no_proxy": "*.example.com"}, TLS, None),
        ({**PROXY, "no_proxy": "FLYTE.EXAMPLE.COM:443"}, TLS, None),
        ({**PROXY, "no_proxy": "flyte.example.com:8443"}, TLS, NamedProxy("http://p:3128", "https_proxy")),
        ({**PROXY, "no_proxy": "ample.com"}, TLS, NamedProxy("http://p:3128", "https_proxy")),
        ({**PROXY, "no_proxy": ",,"}, TLS, NamedProxy("http://p:3128", "https_proxy")),
        ({**PROXY, "no_proxy": "10.0.0.0/8"}, Endpoint("10.1.2.3", 443, "", True), None),
        ({**PROXY, "no_proxy": "10.0.0.0/8"}, TLS, NamedProxy("http://p:3128", "https_proxy")),
        ({**PROXY, "no_proxy": "2001:db8::1"}, Endpoint("2001:db8::1", 443, "", True), None),
        (PROXY, Endpoint("localhost", 443, "", True), None),
        (PROXY, Endpoint("", 0, "/s", False), None),
    ],
)
def test_environment(environ: dict[str, str], endpoint: Endpoint, expected: NamedProxy | None) -> None:
    assert proxy_from_environment(environ, endpoint) == expected
