"""The oracle: google protobuf with the descriptors of `flyteidl2`, and random messages of any type."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import remora_api
from remora.message.base import Message

try:
    import flyteidl2  # noqa: F401
    from google.protobuf import descriptor_pool, message_factory
    from google.protobuf.descriptor import FieldDescriptor
except ImportError:
    # The oracle is a dependency of these tests alone.
    collect_ignore_glob = ["test_*.py"]

_WORDS = [
    "",
    "a",
    "run",
    "flytesnacks",
    "x" * 127,
    "y" * 128,
    "é",
    "日本語",
    "\U0001f680",
    'quote"\\\n\t',
    "\x00",
    "Z" * 300,
]
_INTEGERS = [
    0,
    1,
    -1,
    127,
    128,
    300,
    16384,
    2**31 - 1,
    -(2**31),
    2**31,
    2**32 - 1,
    2**53,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
]
_FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e-7, 123456789.0, 3.4e38, float("inf"), float("-inf"), float("nan")]
_MAX_DEPTH = 5


def _import_all() -> None:
    """Load every generated message module, and the google module of the same proto file."""
    root = Path(remora_api.__file__).parent
    for path in sorted(root.rglob("*_pb.py")):
        parts = path.relative_to(root).with_suffix("").parts
        importlib.import_module(".".join(("remora_api", *parts)))
        importlib.import_module(".".join((*parts[:-1], parts[-1] + "2")))


def _generated(cls: type[Message]) -> Iterator[type[Message]]:
    for subclass in cls.__subclasses__():
        if "_full_name" in vars(subclass):
            yield subclass
        yield from _generated(subclass)


class Oracle:
    """Pairs of a generated class and google's class, and random content for them."""

    def __init__(self) -> None:
        _import_all()
        pool = descriptor_pool.Default()
        ours = [cls for cls in _generated(Message) if cls.__module__.startswith("remora_api.")]
        self.types = {cls._full_name: cls for cls in sorted(ours, key=lambda cls: cls._full_name)}
        self.theirs = {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in self.types}
        # Google iterates maps in the order of its hash table, so text can only be compared when they are small.
        self.largest_map = 3
        # What an Any may hold: the JSON of both sides must know the type.
        self.packable = ["flyteidl2.common.RunIdentifier", "google.protobuf.Duration", "google.protobuf.StringValue"]

    def message(self, name: str, rng: random.Random, depth: int = 0) -> Any:
        """A random google message of a type."""
        message = self.theirs[name]()
        self.fill(message, rng, depth)
        return message

    def fill(self, message: Any, rng: random.Random, depth: int) -> None:
        """Set random fields of a google message."""
        special = getattr(self, "_fill_" + message.DESCRIPTOR.full_name.replace(".", "_"), None)
        if special is not None:
            special(message, rng, depth)
            return
        # From empty to full, because both ends have bugs of their own.
        chance = rng.choice([0.1, 0.5, 0.9])
        for field in message.DESCRIPTOR.fields:
            if rng.random() < chance and not (field.message_type and depth >= _MAX_DEPTH):
                self._fill_field(message, field, rng, depth)

    def _fill_field(self, message: Any, field: Any, rng: random.Random, depth: int) -> None:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            target = getattr(message, field.name)
            key, value = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
            for _ in range(rng.randint(1, self.largest_map)):
                if value.message_type is not None:
                    self.fill(target[self.scalar(key, rng)], rng, depth + 1)
                else:
                    target[self.scalar(key, rng)] = self.scalar(value, rng)
        elif field.is_repeated:
            for _ in range(rng.randint(1, 3)):
                if field.message_type is not None:
                    self.fill(getattr(message, field.name).add(), rng, depth + 1)
                else:
                    getattr(message, field.name).append(self.scalar(field, rng))
        elif field.message_type is not None:
            child = getattr(message, field.name)
            child.SetInParent()
            self.fill(child, rng, depth + 1)
        else:
            setattr(message, field.name, self.scalar(field, rng))

    def scalar(self, field: Any, rng: random.Random) -> Any:
        """A random value of a scalar or enum field, extremes included."""
        kind = field.cpp_type
        ranges = {
            FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
            FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
            FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
            FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
        }
        if kind in ranges:
            low, high = ranges[kind]
            return rng.choice([number for number in _INTEGERS if low <= number <= high] + [rng.randint(low, high)])
        if kind == FieldDescriptor.CPPTYPE_BOOL:
            return rng.random() < 0.5
        if kind == FieldDescriptor.CPPTYPE_ENUM:
            return rng.choice([value.number for value in field.enum_type.values] + [99, -3])
        if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
            return rng.choice([*_FLOATS, rng.uniform(-1e6, 1e6)])
        if field.type == FieldDescriptor.TYPE_BYTES:
            return rng.randbytes(rng.choice([0, 1, 2, 3, 130]))
        return rng.choice(_WORDS)

    def _fill_google_protobuf_Timestamp(self, message: Any, rng: random.Random, depth: int) -> None:
        message.seconds = rng.choice([0, -62135596800, 253402300799, 1_700_000_000, rng.randint(-(10**10), 10**10)])
        message.nanos = rng.choice([0, 1, 1000, 1_000_000, 500_000_000, 999_999_999])

    def _fill_google_protobuf_Duration(self, message: Any, rng: random.Random, depth: int) -> None:
        sign = rng.choice([1, -1])
        message.seconds = sign * rng.choice([0, 1, 60, 315_576_000_000])
        message.nanos = sign * rng.choice([0, 1, 1000, 1_000_000, 999_999_999])

    def _fill_google_protobuf_FieldMask(self, message: Any, rng: random.Random, depth: int) -> None:
        message.paths.extend(rng.sample(["name", "user.display_name", "a_b_c.d"], rng.randint(0, 3)))

    def _fill_google_protobuf_Any(self, message: Any, rng: random.Random, depth: int) -> None:
        if depth < _MAX_DEPTH and rng.random() < 0.9:
            message.Pack(self.message(rng.choice(self.packable), rng, depth + 1))

    def _fill_google_protobuf_Value(self, message: Any, rng: random.Random, depth: int) -> None:
        kind = rng.choice(["null_value", "number_value", "string_value", "bool_value"])
        if depth < _MAX_DEPTH and rng.random() < 0.4:
            child = getattr(message, rng.choice(["struct_value", "list_value"]))
            child.SetInParent()
            self.fill(child, rng, depth + 1)
        elif kind == "number_value":
            message.number_value = rng.choice([0.0, -0.0, 1.0, -2.5, 1e300, rng.uniform(-1e6, 1e6)])
        else:
            setattr(message, kind, {"null_value": 0, "string_value": rng.choice(_WORDS), "bool_value": True}[kind])


@pytest.fixture(scope="session")
def shared_oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def oracle(shared_oracle: Oracle) -> Oracle:
    shared_oracle.largest_map = 3
    return shared_oracle


@pytest.fixture
def text_oracle(shared_oracle: Oracle) -> Oracle:
    """The oracle whose JSON text has one order only."""
    shared_oracle.largest_map = 1
    return shared_oracle


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with `package` once for every proto package, so that workers share the types."""
    if "package" in metafunc.fixturenames:
        root = Path(remora_api.__file__).parent
        packages = {".".join(path.parent.relative_to(root).parts) for path in root.rglob("*_pb.py")}
        metafunc.parametrize("package", sorted(packages))
