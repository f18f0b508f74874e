"""The depot's server: everything in memory, and faults on demand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

from remora.errors import FailedPrecondition, InvalidArgument, NotFound, RpcError, Unavailable


def make_service(v1: Any) -> Any:
    """A service with nothing in it, on the generated server base."""

    class Depot(v1.DepotBase):  # type: ignore[misc]
        def __init__(self) -> None:
            self.items: dict[str, Any] = {}
            self.pairs: dict[bytes, str] = {}
            self.names: list[str] = []
            self.files: dict[str, bytes] = {}
            self.events: list[Any] = []
            self.requests: list[Any] = []
            self.metadata: list[dict[str, str | bytes]] = []
            self.jobs: dict[str, list[Any]] = {}
            self.largest = 1000  # most items of a page
            self.drop_after: list[int] = []  # a watch is dropped after so many messages, one number for each call
            self.refuse = 0  # so many watches are refused before one is served
            self.error: RpcError | None = None
            self.left = threading.Event()  # a call that streams has ended before its end

        def add(self, count: int) -> None:
            """Items `i1`, `i2`, ... of depot `d`."""
            for number in range(1, count + 1):
                name = f"depots/d/items/i{number}"
                self.items[name] = v1.Item(name=name, title=f"Item {number}", place=v1.Place(hall="A", row=number))

        def note(self, request: Any, context: Any) -> None:
            self.requests.append(request)
            self.metadata.append(dict(context.metadata))
            if self.error is not None:
                raise self.error

        async def get_item(self, request: Any, context: Any) -> Any:
            self.note(request, context)
            name = str(context.metadata.get("x-item-name", ""))
            if name not in self.items:
                raise NotFound(f"no item {name}")
            return self.items[name]

        async def list_numbered(self, request: Any, context: Any) -> Any:
            self.note(request, context)
            first = 0 if request.hall == "zero" else 1
            if request.page < first:
                raise InvalidArgument("pages are counted from 1")
            size = min(request.per_page or 2, self.largest)
            items = list(self.items.values())
            start = (request.page - first) * size
            pages = -(-len(items) // size)
            return v1.NumberedResponse(items=items[start : start + size], total=len(items), pages=pages)

        async def list_offset(self, request: Any, context: Any) -> Any:
            self.note(request, context)
            items = list(self.items.values())
            end = request.offset + min(request.count, self.largest)
            return v1.OffsetResponse(items=items[request.offset : end], more=end < len(items))

        async def range(self, request: Any, context: Any) -> Any:
            self.note(request, context)
            keys = sorted(key for key in self.pairs if request.key <= key and (not request.end or key < request.end))
            taken = keys[: min(request.limit or len(keys), self.largest)]
            pairs = [v1.Pair(key=key, value=self.pairs[key]) for key in taken]
            return v1.RangeResponse(pairs=pairs, more=len(taken) < len(keys))

        async def list_names(self, request: Any, context: Any) -> Any:
            self.note(request, context)
            names = [name for name in sorted(self.names) if name > request.start_after]
            return v1.NamesResponse(names=names[: min(request.limit or 2, self.largest)])

        async def stream_items(self, request: Any, context: Any) -> AsyncIterator[Any]:
            self.note(request, context)
            ended = False
            try:
                for item in list(self.items.values()):
                    yield item
                    await asyncio.sleep(0)
                ended = True
            finally:
                if not ended:
                    self.left.set()

        async def stream_batches(self, request: Any, context: Any) -> AsyncIterator[Any]:
            self.note(request, context)
            items = list(self.items.values())
            for start in range(0, len(items), 3):
                yield v1.Batch(items=items[start : start + 3])

        async def update_item(self, request: Any, context: Any) -> Any:
            self.note(request, context)
            item = self.items[request.item.name]
            for path in request.update_mask.paths:
                if path.startswith("place."):
                    item.place = item.place or v1.Place()
                    given = request.item.place or v1.Place()
                    setattr(item.place, path.removeprefix("place."), getattr(given, path.removeprefix("place.")))
                else:
                    setattr(item, path, getattr(request.item, path))
            return item

        async def upload(self, requests: Any, context: Any) -> Any:
            head, content, chunks = None, b"", 0
            async for request in requests:
                self.requests.append(request)
                if request.head is not None:
                    head = request.head
                else:
                    content += request.chunk
                    chunks += 1
            if head is None:
                raise InvalidArgument("no head")
            self.files[head.name] = content
            return v1.UploadResponse(size=len(content), chunks=chunks)

        async def download(self, request: Any, context: Any) -> AsyncIterator[Any]:
            content = self.files.get(request.name)
            if content is None:
                raise NotFound(f"no file {request.name}")
            for start in range(0, len(content), 4):
                yield v1.DownloadResponse(chunk=content[start : start + 4])
                if self.error is not None:
                    raise self.error

        async def add_items(self, requests: Any, context: Any) -> Any:
            names = []
            async for request in requests:
                self.requests.append(request)
                self.items[request.item.name] = request.item
                names.append(request.item.name)
            return v1.AddItemsResponse(names=names)

        async def chat(self, requests: Any, context: Any) -> AsyncIterator[Any]:
            async for request in requests:
                yield v1.ChatResponse(text=f"{request.room}: {request.text.upper()}")

        async def _events(self, hall: str, first: int) -> AsyncIterator[Any]:
            """Events of a hall from a revision on; dropped where `drop_after` says."""
            if self.refuse:
                self.refuse -= 1
                raise Unavailable("not yet")
            sent, drop = 0, self.drop_after.pop(0) if self.drop_after else None
            for event in list(self.events):
                if event.revision < first:
                    continue
                if sent == drop:
                    raise Unavailable("dropped")
                yield event
                sent += 1
            if sent == drop:
                raise Unavailable("dropped")

        async def watch(self, request: Any, context: Any) -> AsyncIterator[Any]:
            self.note(request, context)
            latest = self.events[-1].revision if self.events else 0
            yield v1.WatchResponse(revision=latest)
            async for event in self._events(request.hall, request.from_):
                yield v1.WatchResponse(revision=latest, events=[event])

        async def follow(self, requests: Any, context: Any) -> AsyncIterator[Any]:
            ended = False
            try:
                request = await requests.__anext__()
                self.requests.append(request)
                async for event in self._events(request.start.hall, request.start.from_):
                    yield v1.FollowResponse(revision=event.revision, item=event.item)
                if request.start.hall == "open":
                    await asyncio.Event().wait()
                ended = True
            finally:
                if not ended:
                    self.left.set()

        async def get_job(self, request: Any, context: Any) -> Any:
            self.note(request, context)
            states = self.jobs.get(request.id)
            if not states:
                raise NotFound(f"no job {request.id}")
            state = states.pop(0) if len(states) > 1 else states[0]
            return v1.GetJobResponse(job=v1.Job(id=request.id, state=state, reason="smoke"))

        async def watch_job(self, request: Any, context: Any) -> AsyncIterator[Any]:
            self.note(request, context)
            for state in list(self.jobs[request.id]):
                if self.refuse:
                    self.refuse -= 1
                    raise Unavailable("not yet")
                yield v1.GetJobResponse(job=v1.Job(id=request.id, state=state, reason="smoke"))
                self.jobs[request.id].pop(0)
            await asyncio.Event().wait()

        async def reserve(self, request: Any, context: Any) -> Any:
            self.note(request, context)
            if request.name not in self.items:
                return v1.ReserveResponse(status=v1.Status(code="MISSING", message=f"no item {request.name}"))
            if request.person == "nobody":
                return v1.ReserveResponse(status=v1.Status(code="ODD", message="a person is needed"))
            if request.person == "late":
                raise FailedPrecondition("taken by Ada", details=self.taken("Ada"))
            return v1.ReserveResponse(status=v1.Status(code="OK"), ticket=f"{request.person}-1")

        def taken(self, person: str) -> bytes:
            """`google.rpc.Status` bytes with a `Taken` in it."""
            from remora_api.google.protobuf import Any as AnyMessage
            from remora_api.google.rpc import Status

            detail = AnyMessage(type_url="type.googleapis.com/depot.v1.Taken", value=bytes(v1.Taken(person=person)))
            return bytes(Status(code=9, message="taken", details=[detail]))

        async def find(self, request: Any, context: Any) -> Any:
            self.note(request, context)
            found = [
                v1.ItemSummary(name=item.name, label=item.title, location=item.place)
                for item in self.items.values()
                if request.text in item.title
            ]
            return v1.FindResponse(found=found)

    return Depot()
