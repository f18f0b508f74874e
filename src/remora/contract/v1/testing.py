"""What generated modules for tests import. Names here keep their meaning for as long as this is `v1`."""

from __future__ import annotations

from remora.channel.options import RetryPolicy
from remora.channel.service import ServerBase
from remora.client import Client
from remora.testing.fake import FakeServer as AnyFakeServer
from remora.testing.marks import fixture
from remora.testing.signatures import check_signature

__all__ = ["AnyFakeServer", "Client", "RetryPolicy", "ServerBase", "check_signature", "fixture"]
