"""Measurements of machines."""

from __future__ import annotations

from remora.contract.v1.messages import (
    BOOL,
    MAX_DEPTH,
    SMALL,
    ZERO_32,
    Enum,
    Message,
    check_oneof,
    elements,
    expect,
    int32,
    keep_piece,
    keep_unknown,
    new,
    one_member,
    pack_double,
    pack_float,
    past_end,
    read_sint64s,
    read_size,
    read_tag,
    read_varint,
    signed32,
    sint64,
    skip,
    switch,
    too_deep,
    uint64,
    unpack_double,
    unpack_float,
    varint,
)
from remora_api.google.protobuf import timestamp_pb as protobuf_timestamp_pb


class Quality(Enum, full_name="telemetry.v1.Quality", prefix="QUALITY_"):
    """How sure the machine is of what it says.

    Attributes:
        UNSPECIFIED: Nobody knows.
        POOR: (deprecated)
    """

    UNSPECIFIED = 0
    GOOD = 1
    POOR = 2
    BROKEN = -1


class Sample(Message):
    """One measurement.

    At most one of `number`, `on`, `vector` is set: What was measured.

    Attributes:
        sensor: Where it was taken, for example "boiler/3".
    """

    __slots__ = ("battery", "number", "offsets", "on", "quality", "sensor", "tags", "taken_at", "vector")
    __match_args__ = ("sensor", "taken_at", "quality", "number", "on", "vector", "battery", "tags", "offsets")
    _full_name = "telemetry.v1.Sample"
    _fields = (
        ("sensor", "sensor", "sensor", 1, "implicit", "string", "", ""),
        ("taken_at", "taken_at", "takenAt", 2, "optional", "message", "protobuf_timestamp_pb.Timestamp", ""),
        ("quality", "quality", "quality", 3, "implicit", "enum", "Quality", ""),
        ("number", "number", "number", 4, "oneof", "double", "", "reading"),
        ("on", "on", "on", 5, "oneof", "bool", "", "reading"),
        ("vector", "vector", "vector", 6, "oneof", "message", "SampleVector", "reading"),
        ("battery", "battery", "battery", 7, "optional", "int32", "", ""),
        ("tags", "tags", "tags", 8, "map", "string", "", "string"),
        ("offsets", "offsets", "offsets", 9, "repeated", "sint64", "", ""),
    )

    def __init__(
        self,
        *,
        sensor: str = "",
        taken_at: protobuf_timestamp_pb.Timestamp | None = None,
        quality: Quality = Quality.UNSPECIFIED,
        number: float | None = None,
        on: bool | None = None,
        vector: SampleVector | None = None,
        battery: int | None = None,
        tags: dict[str, str] | None = None,
        offsets: list[int] | None = None,
    ) -> None:
        check_oneof(self, "reading", number, on, vector)
        self.sensor = sensor
        self.taken_at = taken_at
        self.quality = quality
        self.number = number
        self.on = on
        self.vector = vector
        self.battery = battery
        self.tags = {} if tags is None else tags
        self.offsets = [] if offsets is None else offsets
        self._unknown = ()

    @staticmethod
    def _decode(data: bytes, pos: int, end: int, depth: int, message: Sample | None) -> Sample:
        if message is None:
            message = new(Sample)
            message.sensor = ""
            message.taken_at = None
            message.quality = Quality.UNSPECIFIED
            message.number = None
            message.on = None
            message.vector = None
            message.battery = None
            message.tags = {}
            message.offsets = []
            message._unknown = ()
            oneof_reading: str | None = None
        else:
            oneof_reading = message.which_oneof("reading")
        if depth > MAX_DEPTH:
            raise too_deep()
        while pos < end:
            start = pos
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 10:  # sensor = 1
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.sensor = data[pos:stop].decode()
                pos = stop
            elif tag == 18:  # taken_at = 2
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.taken_at = protobuf_timestamp_pb.Timestamp._decode(data, pos, stop, depth + 1, message.taken_at)
                pos = stop
            elif tag == 24:  # quality = 3
                value = data[pos]
                pos += 1
                if value > 127:
                    value, pos = read_varint(data, pos, value)
                    if value > 0x7FFFFFFF:
                        value = signed32(value)
                message.quality = Quality._decode(value)
            elif tag == 33:  # number = 4
                if oneof_reading != "number":
                    oneof_reading = switch(message, oneof_reading, "number")
                message.number = unpack_double(data, pos)[0]
                pos += 8
            elif tag == 40:  # on = 5
                if oneof_reading != "on":
                    oneof_reading = switch(message, oneof_reading, "on")
                value = data[pos]
                pos += 1
                if value > 127:
                    value, pos = read_varint(data, pos, value)
                message.on = value != 0
            elif tag == 50:  # vector = 6
                if oneof_reading != "vector":
                    oneof_reading = switch(message, oneof_reading, "vector")
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.vector = SampleVector._decode(data, pos, stop, depth + 1, message.vector)
                pos = stop
            elif tag == 56:  # battery = 7
                value = data[pos]
                pos += 1
                if value > 127:
                    value, pos = read_varint(data, pos, value)
                    if value > 0x7FFFFFFF:
                        value = signed32(value)
                message.battery = value
            elif tag == 66:  # tags = 8
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                Sample._decode_tags(message, data, start, pos, stop, depth)
                pos = stop
            elif tag == 72:  # offsets = 9
                value = data[pos]
                pos += 1
                if value > 127:
                    value, pos = read_varint(data, pos, value)
                message.offsets.append((value >> 1) ^ -(value & 1))
            elif tag == 74:  # offsets = 9, packed
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.offsets.extend(read_sint64s(data, pos, stop))
                pos = stop
            else:
                pos = keep_unknown(message, data, start, pos, end, tag, depth)
        if pos != end:
            raise past_end(end)
        return message

    @staticmethod
    def _decode_tags(message: Sample, data: bytes, start: int, pos: int, end: int, depth: int) -> None:
        key = ""
        item = ""
        known = True
        while pos < end:
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 10:  # key
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                key = data[pos:stop].decode()
                pos = stop
            elif tag == 18:  # value
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                item = data[pos:stop].decode()
                pos = stop
            else:
                pos = skip(data, pos, end, tag, depth + 1)
                known = False
        if pos != end:
            raise past_end(end)
        if known:
            message.tags[key] = item
        else:
            keep_piece(message, data[start:end])

    def _encode(self) -> bytes:
        if type(self) is not Sample:
            expect(self, Sample)
        out: list[bytes] = []
        number: int
        oneof_reading = False
        if self.sensor != "":
            value = self.sensor.encode()
            out.append(b"\x0a")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self.taken_at is not None:
            value = protobuf_timestamp_pb.Timestamp._encode(self.taken_at)
            out.append(b"\x12")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self.quality != 0:
            out.append(b"\x18")
            number = self.quality
            out.append(SMALL[number] if 0 <= number < 128 else int32(number))
        if self.number is not None:
            if oneof_reading:
                raise one_member()
            oneof_reading = True
            out.append(b"\x21")
            out.append(pack_double(self.number))
        if self.on is not None:
            if oneof_reading:
                raise one_member()
            oneof_reading = True
            out.append(b"\x28")
            out.append(BOOL[self.on])
        if self.vector is not None:
            if oneof_reading:
                raise one_member()
            oneof_reading = True
            value = SampleVector._encode(self.vector)
            out.append(b"\x32")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self.battery is not None:
            out.append(b"\x38")
            number = self.battery
            out.append(SMALL[number] if 0 <= number < 128 else int32(number))
        if len(self.tags):
            for tags_key, tags_item in self.tags.items():
                tags_entry: list[bytes] = []
                value = tags_key.encode()
                tags_entry.append(b"\x0a")
                tags_entry.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
                tags_entry.append(value)
                value = tags_item.encode()
                tags_entry.append(b"\x12")
                tags_entry.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
                tags_entry.append(value)
                value = b"".join(tags_entry)
                out.append(b"\x42")
                out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
                out.append(value)
        if len(self.offsets):
            value = b"".join([sint64(item) for item in elements(self.offsets)])
            out.append(b"\x4a")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self._unknown:
            out += self._unknown
        return b"".join(out)


class SampleVector(Message):
    """The message `telemetry.v1.Sample.Vector`."""

    __slots__ = ("x", "y")
    __match_args__ = ("x", "y")
    _full_name = "telemetry.v1.Sample.Vector"
    _fields = (
        ("x", "x", "x", 1, "implicit", "float", "", ""),
        ("y", "y", "y", 2, "implicit", "float", "", ""),
    )

    def __init__(self, *, x: float = 0.0, y: float = 0.0) -> None:
        self.x = x
        self.y = y
        self._unknown = ()

    @staticmethod
    def _decode(data: bytes, pos: int, end: int, depth: int, message: SampleVector | None) -> SampleVector:
        if message is None:
            message = new(SampleVector)
            message.x = 0.0
            message.y = 0.0
            message._unknown = ()
        if depth > MAX_DEPTH:
            raise too_deep()
        while pos < end:
            start = pos
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 13:  # x = 1
                message.x = unpack_float(data, pos)[0]
                pos += 4
            elif tag == 21:  # y = 2
                message.y = unpack_float(data, pos)[0]
                pos += 4
            else:
                pos = keep_unknown(message, data, start, pos, end, tag, depth)
        if pos != end:
            raise past_end(end)
        return message

    def _encode(self) -> bytes:
        if type(self) is not SampleVector:
            expect(self, SampleVector)
        out: list[bytes] = []
        value = pack_float(self.x)
        if value != ZERO_32:
            out.append(b"\x0d")
            out.append(value)
        value = pack_float(self.y)
        if value != ZERO_32:
            out.append(b"\x15")
            out.append(value)
        if self._unknown:
            out += self._unknown
        return b"".join(out)


class Summary(Message):
    """The message `telemetry.v1.Summary`."""

    __slots__ = ("last", "samples")
    __match_args__ = ("samples", "last")
    _full_name = "telemetry.v1.Summary"
    _fields = (
        ("samples", "samples", "samples", 1, "implicit", "uint64", "", ""),
        ("last", "last", "last", 2, "map", "message", "Sample", "string"),
    )

    def __init__(self, *, samples: int = 0, last: dict[str, Sample] | None = None) -> None:
        self.samples = samples
        self.last = {} if last is None else last
        self._unknown = ()

    @staticmethod
    def _decode(data: bytes, pos: int, end: int, depth: int, message: Summary | None) -> Summary:
        if message is None:
            message = new(Summary)
            message.samples = 0
            message.last = {}
            message._unknown = ()
        if depth > MAX_DEPTH:
            raise too_deep()
        while pos < end:
            start = pos
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 8:  # samples = 1
                value = data[pos]
                pos += 1
                if value > 127:
                    value, pos = read_varint(data, pos, value)
                message.samples = value
            elif tag == 18:  # last = 2
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                Summary._decode_last(message, data, start, pos, stop, depth)
                pos = stop
            else:
                pos = keep_unknown(message, data, start, pos, end, tag, depth)
        if pos != end:
            raise past_end(end)
        return message

    @staticmethod
    def _decode_last(message: Summary, data: bytes, start: int, pos: int, end: int, depth: int) -> None:
        key = ""
        item: Sample | None = None
        known = True
        while pos < end:
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 10:  # key
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                key = data[pos:stop].decode()
                pos = stop
            elif tag == 18:  # value
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                item = Sample._decode(data, pos, stop, depth + 2, item)
                pos = stop
            else:
                pos = skip(data, pos, end, tag, depth + 1)
                known = False
        if pos != end:
            raise past_end(end)
        if item is None:
            item = Sample()
        if known:
            message.last[key] = item
        else:
            keep_piece(message, data[start:end])

    def _encode(self) -> bytes:
        if type(self) is not Summary:
            expect(self, Summary)
        out: list[bytes] = []
        number: int
        if self.samples != 0:
            out.append(b"\x08")
            number = self.samples
            out.append(SMALL[number] if 0 <= number < 128 else uint64(number))
        if len(self.last):
            for last_key, last_item in self.last.items():
                last_entry: list[bytes] = []
                value = last_key.encode()
                last_entry.append(b"\x0a")
                last_entry.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
                last_entry.append(value)
                value = Sample._encode(last_item)
                last_entry.append(b"\x12")
                last_entry.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
                last_entry.append(value)
                value = b"".join(last_entry)
                out.append(b"\x12")
                out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
                out.append(value)
        if self._unknown:
            out += self._unknown
        return b"".join(out)


class Query(Message):
    """The message `telemetry.v1.Query`.

    Attributes:
        sensor_prefix: Prefix of the sensors' names.
    """

    __slots__ = ("sensor_prefix",)
    __match_args__ = ("sensor_prefix",)
    _full_name = "telemetry.v1.Query"
    _fields = (("sensor_prefix", "sensor_prefix", "sensorPrefix", 1, "implicit", "string", "", ""),)

    def __init__(self, *, sensor_prefix: str = "") -> None:
        self.sensor_prefix = sensor_prefix
        self._unknown = ()

    @staticmethod
    def _decode(data: bytes, pos: int, end: int, depth: int, message: Query | None) -> Query:
        if message is None:
            message = new(Query)
            message.sensor_prefix = ""
            message._unknown = ()
        if depth > MAX_DEPTH:
            raise too_deep()
        while pos < end:
            start = pos
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 10:  # sensor_prefix = 1
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.sensor_prefix = data[pos:stop].decode()
                pos = stop
            else:
                pos = keep_unknown(message, data, start, pos, end, tag, depth)
        if pos != end:
            raise past_end(end)
        return message

    def _encode(self) -> bytes:
        if type(self) is not Query:
            expect(self, Query)
        out: list[bytes] = []
        if self.sensor_prefix != "":
            value = self.sensor_prefix.encode()
            out.append(b"\x0a")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self._unknown:
            out += self._unknown
        return b"".join(out)
