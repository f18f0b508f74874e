from __future__ import annotations

import time

import pytest

from remora.dev.objects.signing import Refused, Signer

SIGNER = Signer(b"secret")
HEADERS = {"Content-MD5": "abc==", "x-amz-meta-flyteContentMD5": "abc=="}
LOWER = {name.lower(): value for name, value in HEADERS.items()}


def signed(method: str = "PUT", key: str = "a/b c.txt", seconds: int = 60) -> tuple[str, str]:
    path, _, query = SIGNER.sign(method, key, int(time.time()) + seconds, HEADERS).partition("?")
    return path, query


def test_a_signed_request_passes() -> None:
    path, query = signed()
    assert path == "/objects/a/b%20c.txt"
    SIGNER.check("PUT", path, query, {**LOWER, "accept": "*/*"})


def test_get_allows_head() -> None:
    path, query = signed("GET")
    SIGNER.check("HEAD", path, query, LOWER)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "GET"}, "SignatureDoesNotMatch"),
        ({"path": "/objects/a/other"}, "SignatureDoesNotMatch"),
        ({"path": "/objects/a/b c.txt"}, "SignatureDoesNotMatch"),
        ({"headers": {**LOWER, "content-md5": "xyz=="}}, "SignatureDoesNotMatch"),
        ({"headers": {"content-md5": "abc=="}}, "SignatureDoesNotMatch"),
        ({"query": ""}, "AccessDenied"),
        ({"query": "X-Remora-Signature=1"}, "AccessDenied"),
    ],
)
def test_a_changed_request_is_refused(change: dict[str, object], code: str) -> None:
    path, query = signed()
    arguments: dict[str, object] = {"method": "PUT", "path": path, "query": query, "headers": LOWER, **change}
    with pytest.raises(Refused) as caught:
        SIGNER.check(**arguments)  # type: ignore[arg-type]
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Expires=", "Expires=9"),
        ("SignedHeaders=content-md5;", "SignedHeaders="),
        ("Signature=", "Signature=0"),
        ("Signature=", "Signature=é"),
        ("Expires=", "Expires=x"),
        ("X-Remora-Expires=", "X-Remora-Expires=1&X-Remora-Expires="),
    ],
)
def test_a_changed_query_is_refused(old: str, new: str) -> None:
    path, query = signed()
    assert old in query
    with pytest.raises(Refused):
        SIGNER.check("PUT", path, query.replace(old, new), LOWER)


def test_an_old_url_is_refused() -> None:
    path, query = signed(seconds=0)
    with pytest.raises(Refused, match="Request has expired"):
        SIGNER.check("PUT", path, query, LOWER)


def test_another_key_refuses() -> None:
    path, query = signed()
    with pytest.raises(Refused):
        Signer(b"other").check("PUT", path, query, LOWER)
