"""HPACK (RFC 7541) for a client: what all calls say is encoded once, what is new in each call is written as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hpack import Encoder, HeaderTuple
from hpack.hpack import encode_integer

_KEPT = 64
"""How many blocks, and how many names, are kept; more than these come only from headers that change in each call."""


class HeaderEncoder(Encoder):
    """An encoder that keeps the block of the headers that a call shares with others.

    A call sends about ten headers, of which eight are those of the call before. hpack looks each of them up again, and
    squeezes the values of the others with its Huffman code, one character at a time: together a seventh of the CPU time
    of a call. Here the headers before the first one that is never indexed are looked up together, and the value of one
    that is never indexed is sent without Huffman code, which takes some bytes more and no time.

    A block that was kept holds as long as the dynamic table, to which it refers, is the one that it was made with.
    """

    def __init__(self) -> None:
        super().__init__()
        self._blocks: dict[tuple[Any, ...], bytes] = {}
        self._names: dict[bytes | str, bytes] = {}
        # The table that the blocks refer to: how many entries it has, and the newest of them.
        self._length = 0
        self._newest: object = None

    def encode(self, headers: Iterable[Any], huffman: bool = True) -> bytes:
        """Turn the headers of one call into a header block."""
        fields = list(headers)
        first = next((index for index, field in enumerate(fields) if _never_indexed(field)), len(fields))
        parts = [self._shared(tuple(fields[:first]), huffman)]
        for field in fields[first:]:
            if _never_indexed(field):
                parts.append(self._literal(*field))
            else:
                parts.append(super().encode([field], huffman))
        return b"".join(parts)

    def _shared(self, fields: tuple[Any, ...], huffman: bool) -> bytes:
        # The first block after the server changed the table's size says so, which is right once.
        resized = self.header_table.resized
        if self._table_changed() or resized:
            self._blocks.clear()
        block = self._blocks.get(fields)
        if block is None:
            block = super().encode(fields, huffman)
            if self._table_changed():
                # It adds entries to the table, so it is good for once, and those made before are good no more.
                self._blocks.clear()
            elif not resized and len(self._blocks) < _KEPT:
                self._blocks[fields] = block
        return block

    def _table_changed(self) -> bool:
        """Whether the table is another one than at the last question."""
        entries = self.header_table.dynamic_entries
        newest = entries[0] if entries else None
        if newest is self._newest and len(entries) == self._length:
            return False
        self._newest, self._length = newest, len(entries)
        return True

    def _literal(self, name: bytes | str, value: bytes | str) -> bytes:
        """A literal that no table on the way may keep (RFC 7541 section 6.2.3), both strings without Huffman code."""
        start = self._names.get(name)
        if start is None:
            start = b"\x10" + _string(name)
            if len(self._names) < _KEPT:
                self._names[name] = start
        return start + _string(value)


def _never_indexed(field: Any) -> bool:
    return isinstance(field, HeaderTuple) and not field.indexable


def _string(text: bytes | str) -> bytes:
    """A string literal (RFC 7541 section 5.2)."""
    octets = text.encode() if isinstance(text, str) else text  # h2 gives text before its version 4.2
    return bytes(encode_integer(len(octets), 7)) + octets
