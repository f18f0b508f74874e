"""Messages of `library.proto`."""

from __future__ import annotations

from remora.contract.v1.messages import (
    MAX_DEPTH,
    SMALL,
    Message,
    elements,
    expect,
    int32,
    keep_unknown,
    new,
    past_end,
    read_size,
    read_tag,
    read_varint,
    signed32,
    too_deep,
    varint,
)


class Book(Message):
    """A book on a shelf."""

    __slots__ = ("key", "pages", "title")
    __match_args__ = ("key", "title", "pages")
    _full_name = "library.Book"
    _fields = (
        ("key", "key", "key", 1, "implicit", "string", "", ""),
        ("title", "title", "title", 2, "implicit", "string", "", ""),
        ("pages", "pages", "pages", 3, "implicit", "int32", "", ""),
    )

    def __init__(self, *, key: str = "", title: str = "", pages: int = 0) -> None:
        self.key = key
        self.title = title
        self.pages = pages
        self._unknown = ()

    @staticmethod
    def _decode(data: bytes, pos: int, end: int, depth: int, message: Book | None) -> Book:
        if message is None:
            message = new(Book)
            message.key = ""
            message.title = ""
            message.pages = 0
            message._unknown = ()
        if depth > MAX_DEPTH:
            raise too_deep()
        while pos < end:
            start = pos
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 10:  # key = 1
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.key = data[pos:stop].decode()
                pos = stop
            elif tag == 18:  # title = 2
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.title = data[pos:stop].decode()
                pos = stop
            elif tag == 24:  # pages = 3
                value = data[pos]
                pos += 1
                if value > 127:
                    value, pos = read_varint(data, pos, value)
                    if value > 0x7FFFFFFF:
                        value = signed32(value)
                message.pages = value
            else:
                pos = keep_unknown(message, data, start, pos, end, tag, depth)
        if pos != end:
            raise past_end(end)
        return message

    def _encode(self) -> bytes:
        if type(self) is not Book:
            expect(self, Book)
        out: list[bytes] = []
        number: int
        if self.key != "":
            value = self.key.encode()
            out.append(b"\x0a")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self.title != "":
            value = self.title.encode()
            out.append(b"\x12")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self.pages != 0:
            out.append(b"\x18")
            number = self.pages
            out.append(SMALL[number] if 0 <= number < 128 else int32(number))
        if self._unknown:
            out += self._unknown
        return b"".join(out)


class GetBookRequest(Message):
    """The message `library.GetBookRequest`."""

    __slots__ = ("key",)
    __match_args__ = ("key",)
    _full_name = "library.GetBookRequest"
    _fields = (("key", "key", "key", 1, "implicit", "string", "", ""),)

    def __init__(self, *, key: str = "") -> None:
        self.key = key
        self._unknown = ()

    @staticmethod
    def _decode(data: bytes, pos: int, end: int, depth: int, message: GetBookRequest | None) -> GetBookRequest:
        if message is None:
            message = new(GetBookRequest)
            message.key = ""
            message._unknown = ()
        if depth > MAX_DEPTH:
            raise too_deep()
        while pos < end:
            start = pos
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 10:  # key = 1
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.key = data[pos:stop].decode()
                pos = stop
            else:
                pos = keep_unknown(message, data, start, pos, end, tag, depth)
        if pos != end:
            raise past_end(end)
        return message

    def _encode(self) -> bytes:
        if type(self) is not GetBookRequest:
            expect(self, GetBookRequest)
        out: list[bytes] = []
        if self.key != "":
            value = self.key.encode()
            out.append(b"\x0a")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self._unknown:
            out += self._unknown
        return b"".join(out)


class ListBooksRequest(Message):
    """The message `library.ListBooksRequest`."""

    __slots__ = ("limit", "shelf", "token")
    __match_args__ = ("shelf", "token", "limit")
    _full_name = "library.ListBooksRequest"
    _fields = (
        ("shelf", "shelf", "shelf", 1, "implicit", "string", "", ""),
        ("token", "token", "token", 2, "implicit", "string", "", ""),
        ("limit", "limit", "limit", 3, "implicit", "int32", "", ""),
    )

    def __init__(self, *, shelf: str = "", token: str = "", limit: int = 0) -> None:
        self.shelf = shelf
        self.token = token
        self.limit = limit
        self._unknown = ()

    @staticmethod
    def _decode(data: bytes, pos: int, end: int, depth: int, message: ListBooksRequest | None) -> ListBooksRequest:
        if message is None:
            message = new(ListBooksRequest)
            message.shelf = ""
            message.token = ""
            message.limit = 0
            message._unknown = ()
        if depth > MAX_DEPTH:
            raise too_deep()
        while pos < end:
            start = pos
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 10:  # shelf = 1
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.shelf = data[pos:stop].decode()
                pos = stop
            elif tag == 18:  # token = 2
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.token = data[pos:stop].decode()
                pos = stop
            elif tag == 24:  # limit = 3
                value = data[pos]
                pos += 1
                if value > 127:
                    value, pos = read_varint(data, pos, value)
                    if value > 0x7FFFFFFF:
                        value = signed32(value)
                message.limit = value
            else:
                pos = keep_unknown(message, data, start, pos, end, tag, depth)
        if pos != end:
            raise past_end(end)
        return message

    def _encode(self) -> bytes:
        if type(self) is not ListBooksRequest:
            expect(self, ListBooksRequest)
        out: list[bytes] = []
        number: int
        if self.shelf != "":
            value = self.shelf.encode()
            out.append(b"\x0a")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self.token != "":
            value = self.token.encode()
            out.append(b"\x12")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self.limit != 0:
            out.append(b"\x18")
            number = self.limit
            out.append(SMALL[number] if 0 <= number < 128 else int32(number))
        if self._unknown:
            out += self._unknown
        return b"".join(out)


class ListBooksResponse(Message):
    """The message `library.ListBooksResponse`."""

    __slots__ = ("books", "token")
    __match_args__ = ("books", "token")
    _full_name = "library.ListBooksResponse"
    _fields = (
        ("books", "books", "books", 1, "repeated", "message", "Book", ""),
        ("token", "token", "token", 2, "implicit", "string", "", ""),
    )

    def __init__(self, *, books: list[Book] | None = None, token: str = "") -> None:
        self.books = [] if books is None else books
        self.token = token
        self._unknown = ()

    @staticmethod
    def _decode(data: bytes, pos: int, end: int, depth: int, message: ListBooksResponse | None) -> ListBooksResponse:
        if message is None:
            message = new(ListBooksResponse)
            message.books = []
            message.token = ""
            message._unknown = ()
        if depth > MAX_DEPTH:
            raise too_deep()
        while pos < end:
            start = pos
            tag = data[pos]
            pos += 1
            if tag > 127:
                tag, pos = read_tag(data, pos, tag)
            if tag == 10:  # books = 1
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.books.append(Book._decode(data, pos, stop, depth + 1, None))
                pos = stop
            elif tag == 18:  # token = 2
                size = data[pos]
                pos += 1
                if size > 127:
                    size, pos = read_size(data, pos, size)
                stop = pos + size
                message.token = data[pos:stop].decode()
                pos = stop
            else:
                pos = keep_unknown(message, data, start, pos, end, tag, depth)
        if pos != end:
            raise past_end(end)
        return message

    def _encode(self) -> bytes:
        if type(self) is not ListBooksResponse:
            expect(self, ListBooksResponse)
        out: list[bytes] = []
        if len(self.books):
            for books_item in elements(self.books):
                value = Book._encode(books_item)
                out.append(b"\x0a")
                out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
                out.append(value)
        if self.token != "":
            value = self.token.encode()
            out.append(b"\x12")
            out.append(SMALL[size] if (size := len(value)) < 128 else varint(size))
            out.append(value)
        if self._unknown:
            out += self._unknown
        return b"".join(out)
