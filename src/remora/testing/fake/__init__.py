"""A real gRPC server that answers as a test tells it to. See `FakeServer`."""

from remora.testing.fake.kinds import BidiProgram as BidiProgram
from remora.testing.fake.kinds import ClientStreamProgram as ClientStreamProgram
from remora.testing.fake.kinds import StreamProgram as StreamProgram
from remora.testing.fake.kinds import UnaryProgram as UnaryProgram
from remora.testing.fake.program import Program as Program
from remora.testing.fake.received import Received as Received
from remora.testing.fake.server import FakeServer as FakeServer

__all__ = [
    "BidiProgram",
    "ClientStreamProgram",
    "FakeServer",
    "Program",
    "Received",
    "StreamProgram",
    "UnaryProgram",
]
