"""A real gRPC server that answers as a test tells it to. See `FakeServer`."""

from remora.testing.fake.program import Program as Program
from remora.testing.fake.program import Received as Received
from remora.testing.fake.program import StreamProgram as StreamProgram
from remora.testing.fake.program import UnaryProgram as UnaryProgram
from remora.testing.fake.server import FakeServer as FakeServer

__all__ = ["FakeServer", "Program", "Received", "StreamProgram", "UnaryProgram"]
