"""Entities of a service that has nothing to do with Flyte, called in both forms over a real server."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from remora.client import Client
from remora.dual import AsyncStream, Stream
from remora.errors import Aborted, ConfigError, Internal, NotFound


@pytest.fixture
def Book(entities: Any, client: Client) -> Any:
    """The entity, with the server's client as the only one that calls can mean."""
    return entities.Book


@pytest.fixture
def shelf(service: Any, messages: Any) -> Callable[..., None]:
    """Puts books `b1`, `b2`, ... on a shelf."""

    def fill(count: int, name: str = "A") -> None:
        for number in range(1, count + 1):
            place = messages.Place(shelf=name)
            service.books[f"b{number}"] = messages.Book(id=f"b{number}", title=f"Title {number}", place=place)

    return fill


def test_get_blocks(Book: Any, client: Client, shelf: Any, service: Any) -> None:
    shelf(1)
    book = Book.get("b1", client=client)
    assert type(book) is Book
    assert (book.id, book.title, book.shelf, book.row) == ("b1", "Title 1", "A", None)
    assert service.requests[-1].org == "city"


async def test_get_awaits_on_the_callers_loop(Book: Any, client: Client, shelf: Any) -> None:
    shelf(1)
    assert (await Book.get.aio("b1", client=client)).label == "Title 1 (b1)"


def test_the_current_client_is_used(Book: Any, client: Client, shelf: Any) -> None:
    shelf(1)
    with pytest.raises(ConfigError):
        Book.get("b1")
    with client:
        assert Book.get("b1").id == "b1"


def test_errors_of_the_server(Book: Any, client: Client) -> None:
    with pytest.raises(NotFound, match="no book b9"):
        Book.get("b9", client=client)


def test_an_answer_without_the_message_is_an_error(Book: Any, client: Client) -> None:
    with pytest.raises(Internal, match="the server answered without 'book'") as caught:
        Book.get("nothing", client=client)
    assert caught.value.method == "library.v1.Library/GetBook"


def test_further_request_fields(Book: Any, client: Client, shelf: Any, service: Any, messages: Any) -> None:
    shelf(1)
    Book.get("b1", request=messages.GetBookRequest(id="other", with_extra=True), client=client)
    assert service.requests[-1] == messages.GetBookRequest(id="b1", org="city", with_extra=True)


def test_a_subclass_gets_its_own_class(Book: Any, client: Client, shelf: Any) -> None:
    shelf(3)

    class Novel(Book):  # type: ignore[misc]
        pass

    assert type(Novel.get("b1", client=client)) is Novel
    assert [type(item) for item in Novel.list(client=client)] == [Novel] * 3
    assert type(Novel.get("b1", client=client).update(title="x")) is Novel
    assert type(Novel.get("b1", client=client).copy()) is Novel


def test_overriding_the_implementation_changes_both_forms(Book: Any, client: Client, shelf: Any) -> None:
    shelf(1)

    class Loud(Book):  # type: ignore[misc]
        @classmethod
        async def _get(cls, name: str, **given: Any) -> Any:
            return await super()._get(name.lower(), **given)

    assert Loud.get("B1", client=client).id == "b1"
    assert asyncio.run(Loud.get.aio("B1", client=client)).id == "b1"


def test_a_list_goes_over_all_pages(Book: Any, client: Client, shelf: Any, service: Any) -> None:
    shelf(7)
    books = Book.list(client=client)
    assert [book.id for book in books] == [f"b{number}" for number in range(1, 8)]
    assert [request.paging.size for request in service.requests] == [3, 3, 3]
    assert [request.order for request in service.requests] == ["asc"] * 3
    assert [book.id for book in books] == [f"b{number}" for number in range(1, 8)]
    assert [book.id for book in Book.list(limit=4, client=client)] == ["b1", "b2", "b3", "b4"]
    assert [len(page) for page in Book.list(page_size=5, client=client).pages()] == [5, 2]


async def test_a_list_in_async_form(Book: Any, client: Client, shelf: Any) -> None:
    shelf(4)
    assert [book.id async for book in Book.list.aio(client=client)] == ["b1", "b2", "b3", "b4"]
    assert [book.id for book in await Book.list.aio(client=client)] == ["b1", "b2", "b3"]


def test_list_parameters_and_the_users_request(
    Book: Any, client: Client, shelf: Any, service: Any, messages: Any
) -> None:
    shelf(1)
    day = datetime(2024, 2, 29, tzinfo=timezone.utc)
    own = messages.ListBooksRequest(genres=[messages.Genre.POETRY])
    list(Book.list(shelf="A", genres=[messages.Genre.NOVEL], printed_after=day, request=own, client=client))
    request = service.requests[-1]
    assert (request.shelf, request.printed_after.to_datetime()) == ("A", day)
    assert request.genres == [messages.Genre.POETRY, messages.Genre.NOVEL]


def test_a_list_with_a_hand_written_request(Book: Any, client: Client, shelf: Any, service: Any) -> None:
    shelf(3)
    book = Book.get("b2", client=client)
    assert [item.id for item in book.neighbours(order="desc", page_size=2)] == ["b3", "b2", "b1"]
    assert [(item.shelf, item.paging.size) for item in service.requests[-2:]] == [("A", 2), ("A", 2)]


def test_pages_of_plain_values(Book: Any, client: Client, shelf: Any) -> None:
    shelf(3)
    assert list(Book.shelves(client=client)) == ["A", "B", "C"]
    assert list(Book.titles(client=client)) == ["Title 1", "Title 2", "Title 3"]
    assert "page_size" not in inspect.signature(Book.shelves).parameters


def test_create_converts_every_kind_of_value(Book: Any, client: Client, service: Any, messages: Any) -> None:
    day = datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=timezone.utc)
    book = Book.add(
        "b1",
        "Emma",
        shelf="A",
        kind="x",
        authors=("Austen",),
        tags={"a": "b"},
        printed_at=day,
        lending_time=timedelta(days=14),
        extra={"pages": [1, None]},
        note="",
        lent_at=[day],
        person="Jane",
        client=client,
    )
    sent = service.requests[-1].book
    assert (sent.title, sent.place, sent.class_) == ("Emma", messages.Place(shelf="A"), "x")
    assert (sent.genre, sent.authors, sent.tags, sent.org) == (messages.Genre.NOVEL, ["Austen"], {"a": "b"}, "city")
    assert (sent.person, sent.company) == ("Jane", None)
    assert (book.printed_at, book.printed, book.lending_time) == (day, day, timedelta(days=14))
    assert (book.extra, book.note, book.lent_at) == ({"pages": [1, None]}, "", [day])
    assert (book.genre, book.raw_genre, book.class_) == ("novel", messages.Genre.NOVEL, "x")
    assert book.raw_printed_at == sent.printed_at


def test_create_with_defaults_leaves_the_rest_unset(Book: Any, client: Client, service: Any, messages: Any) -> None:
    book = Book.add("b1", client=client, org="town")
    expected = messages.Book(id="b1", title="Untitled", genre=messages.Genre.NOVEL, org="town")
    assert service.requests[-1] == messages.AddBookRequest(book=expected)
    assert (book.shelf, book.row, book.printed_at, book.lending_time) == (None, None, None, None)
    assert (book.place, book.pb2.place) == (messages.Place(), None)
    assert (book.extra, book.note, book.lent_at, book.tags, book.authors) == (None, None, [], {}, [])


def test_a_nested_message_is_sent_when_one_of_its_fields_is_given(
    Book: Any, client: Client, service: Any, messages: Any
) -> None:
    Book.add("b1", row=0, client=client)
    assert service.requests[-1].book.place == messages.Place(row=0)


def test_a_result_made_from_the_request(Book: Any, client: Client, service: Any, messages: Any) -> None:
    extra = messages.AddBookRequest(book=messages.Book(title="Ode"))
    book = Book.add_poem("b1", genre="poetry", request=extra, client=client)
    assert (book.id, book.genre, book.title) == ("b1", "poetry", "Ode")
    assert service.requests[-1].validate_only


def test_update_refreshes_the_entity(Book: Any, client: Client, shelf: Any, service: Any) -> None:
    shelf(1)
    book = Book.get("b1", client=client)
    assert book.update(title="New") is book
    assert (book.title, book.pb2.revision, book.note) == ("New", 1, None)
    assert service.requests[-1].note is None
    assert asyncio.run(book.update.aio(note="")).note == ""
    stale = Book(service.books["b1"].parse(b"\x0a\x02b1"), client=client)
    with pytest.raises(Aborted):
        stale.update(title="x")


def test_a_declared_retry(Book: Any, client: Client, shelf: Any, service: Any) -> None:
    shelf(2)
    assert Book.get("b1", client=client).remove() is None
    assert service.removals == 2
    assert Book.get("b2", client=client).delete() is None
    assert service.books == {}


def test_plain_results(Book: Any, client: Client, shelf: Any, service: Any, messages: Any) -> None:
    shelf(2)
    assert Book.count("A", client=client) == 2
    assert Book.counted("A", client=client) is None
    counted = Book.get("b1", client=client).counting()
    assert counted == messages.CountBooksResponse(count=2)
    assert service.requests[-1] == messages.CountBooksRequest(shelf="A")


def test_a_stream_blocks(entities: Any, Book: Any, client: Client, shelf: Any) -> None:
    shelf(3)
    with Book.watch("A", client=client) as books:
        assert isinstance(books, Stream)
        assert [book.id for book in books] == ["b1", "b2", "b3"]
    changes = list(entities.Shelf.watch("A", client=client))
    assert [[book.id for book in change.books] for change in changes] == [["b1"], ["b2", "b3"]]
    assert type(changes[0].books[0]) is Book


async def test_a_stream_in_async_form(Book: Any, client: Client, shelf: Any) -> None:
    shelf(3)
    stream = Book.watch.aio("A", client=client)
    assert isinstance(stream, AsyncStream)
    assert [book.id async for book in stream] == ["b1", "b2", "b3"]


def test_leaving_a_stream_ends_the_call(Book: Any, client: Client, shelf: Any, service: Any) -> None:
    shelf(3)
    with Book.watch("A", client=client) as books:
        assert next(books).id == "b1"
    assert service.all_left.wait(10)  # the server hears of it a moment later


def test_behaviours(entities: Any, Book: Any, client: Client, shelf: Any) -> None:
    shelf(3)
    book = Book.get("b1", client=client)
    assert book.rename("Emma", shout=True) is book
    assert (book.title, book.is_long(), book.is_long(2)) == ("EMMA", False, True)
    assert list(book.letters(limit=2)) == ["E", "M"]
    assert [item.id for item in Book.everything("A", client=client)] == ["b1", "b2", "b3"]
    assert Book.first(client=client).id == "b1"
    assert book.tagged(self="me", name="x") == {"self": "me", "name": "x"}
    assert entities.LONGEST == 8


async def test_behaviours_in_async_form(Book: Any, client: Client, shelf: Any) -> None:
    shelf(2)
    book = await Book.get.aio("b1", client=client)
    assert await book.rename.aio("Emma") is book
    assert [letter async for letter in book.letters.aio()] == list("Emma")
    assert [item.id async for item in Book.everything.aio(client=client)] == ["b1", "b2"]
    assert (await Book.first.aio(client=client)).id == "b1"


def test_both_forms_are_real_functions_with_signatures(Book: Any) -> None:
    assert inspect.iscoroutinefunction(Book.get.aio)
    assert not inspect.iscoroutinefunction(Book.list.aio)
    for form in (Book.get.__call__, Book.get.aio):
        parameters = inspect.signature(form).parameters
        assert list(parameters) == ["name", "request", "timeout", "client"]
        assert parameters["name"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert parameters["timeout"].kind is inspect.Parameter.KEYWORD_ONLY
    with pytest.raises(TypeError, match="unexpected keyword argument 'nam'"):
        Book.get(nam="b1")


def test_docstrings(Book: Any) -> None:
    assert Book.__doc__ == "A book that can be lent."
    assert Book.title.__doc__ == "The title, as on the cover."
    get, aio = inspect.getdoc(Book.get.__call__), inspect.getdoc(Book.get.aio)
    assert get is not None
    assert aio is not None
    assert get.startswith("Reads one book.")
    assert "name: Which book." in get
    assert '>>> book = Book.get("b1")' in get
    assert '>>> book = await Book.get.aio("b1")' in aio
    rename = inspect.getdoc(type(Book.rename.fget(None)).aio)
    assert rename is not None
    assert '>>> (await book.rename.aio("Emma")).title' in rename
    assert "shout: In capital letters." in rename


def test_parts_of_the_message_are_entities(entities: Any, messages: Any, client: Client) -> None:
    shelf = entities.Shelf(messages.ShelfChange(books=[messages.Book(id="b1")]), client=client)
    assert shelf.books == [entities.Book(messages.Book(id="b1"))]
    assert shelf.books[0]._client is client


def test_names_that_are_used_for_something_else(
    entities: Any, client: Client, shelf: Any, service: Any, messages: Any
) -> None:
    shelf(2)
    odd = entities.Odd(service.books["b1"], client=client)
    assert (odd.library_v1, odd.str, odd.int, odd.dict, odd.datetime) == ("b1", "Title 1", 0, {}, None)
    assert [item.library_v1 for item in entities.Odd.list(message="A", type="desc", client=client)] == ["b2", "b1"]
    assert type(odd.type(type="New")) is entities.Odd
    day = datetime(2024, 2, 29, tzinfo=timezone.utc)
    book = entities.Odd.merged(["a"], {"b": "c"}, [day], "b9", day, client=client)
    assert (type(book), book.id, book.authors, book.tags, book.lent_at) == (
        entities.Book,
        "b9",
        ["a"],
        {"b": "c"},
        [day],
    )
    assert odd.rename("x") == {"x": 1}
