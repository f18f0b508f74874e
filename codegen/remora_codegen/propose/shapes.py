"""What RPCs and messages look like: verbs, the message that a response is about, tokens and sizes of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remora_codegen.model import Field, Kind, Message, Method, Schema, Service
from remora_codegen.names import snake_case
from remora_codegen.propose.plan import Found, Rpc

_VERBS = {
    "get": ("Get", "Fetch", "Read", "Describe", "Lookup", "Retrieve"),
    "list": ("List", "ListAll", "Search", "Query"),
    "create": ("Create", "Add", "Register", "Insert", "New"),
    "update": ("Update", "Modify", "Patch", "Edit"),
    "delete": ("Delete", "Remove"),
    "watch": ("Watch", "Subscribe", "Follow", "Stream"),
}
_BY_WORD = {word: verb for verb, words in _VERBS.items() for word in words}
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|\d+")
_ANSWER = re.compile(r"(Response|Reply|Result|Resp)$")
_SERVICE = re.compile(r"(Service|API|Api)$")
_QUESTION = re.compile(r"(Request|Req)$")
_TOKEN = re.compile(r"^(page_?)?(token|cursor)$|^(continue|start|page)_?(token|key)?$")
_NEXT_TOKEN = re.compile(r"^next(_page)?_?(token|cursor)$|^(page_?)?(token|cursor)$|^continue(_token)?$")
_SIZE = re.compile(r"^(page_?size|size|limit|max_results|max_page_size|per_page|page_limit)$")
_PAGE = re.compile(r"^page(_?(number|no|num|index))?$")
_TOTAL = re.compile(r"^total(_?(count|size|items|results))?$")
_IDENTIFIER = re.compile(r"^(id|name|key|uid|uuid|parent)$|_(id|name|key|uid|uuid)$")
_IDENTIFIER_TYPE = re.compile(r"(Identifier|Id|ID|Key|Ref|Reference|Name)$")


def rpc(service: Service, method: Method) -> Rpc:
    """The RPC with its verb and noun: `GetBook`, `BookGet`, or plain `Get` of a `BookService`."""
    words = _WORDS.findall(method.name)
    for index, rest in ((0, words[1:]), (-1, words[:-1])):
        verb = _BY_WORD.get(words[index], "") if words else ""
        if verb:
            return Rpc(service, method, verb, "".join(rest) or _SERVICE.sub("", service.python_name))
    return Rpc(service, method, "", method.name)


def singular(noun: str) -> str:
    """`Books` gives `Book`, `Entries` gives `Entry`."""
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("ses", "xes", "ches", "shes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def same_thing(noun: str, name: str) -> bool:
    """Whether a noun of an RPC's name means a thing, in singular or plural."""
    return bool(noun) and snake_case(name) in (snake_case(noun), snake_case(singular(noun)))


def entity_name(message: Message) -> str:
    """What an entity around the message is called: its class; of an answer such as `GetBookResponse` the noun."""
    name = _ANSWER.sub("", message.python_name)
    if name == message.python_name:
        return name
    words = _WORDS.findall(name)
    return ("".join(words[1:]) if words and words[0] in _BY_WORD else name) or message.python_name


def is_answer(message: Message) -> bool:
    """Whether the message is made for one RPC, as its name says."""
    return _ANSWER.search(message.python_name) is not None


def is_identifier(item: Field) -> bool:
    """Whether the field says which thing is meant."""
    if item.label.value != "singular":
        return False
    if item.is_message:
        return _IDENTIFIER_TYPE.search(item.type_name) is not None
    return item.kind is not Kind.BOOL and not item.is_enum and _IDENTIFIER.search(item.name) is not None


def subject(schema: Schema, found: Rpc) -> Found | None:
    """The message that a single answer is about: the response itself, or the one field that holds it."""
    response = schema.messages[found.method.response]
    if response.full_name.startswith("google.protobuf."):
        return None
    noun = singular(found.noun)
    if not is_answer(response):
        return Found(response.full_name) if response.fields else None
    fields = [item for item in response.fields if _holds_message(item)]
    for item in fields:
        if same_thing(noun, entity_name(schema.messages[item.type_name])) or same_thing(noun, _camel(item.name)):
            return Found(item.type_name, (item,))
    if len(fields) == 1:
        return Found(fields[0].type_name, (fields[0],))
    return Found(response.full_name) if response.fields and found.verb == "get" else None


def items(schema: Schema, found: Rpc) -> Found | None:
    """The repeated messages of a listing, directly in the response or one level below."""
    response = schema.messages[found.method.response]
    candidates = [Found(path[-1].type_name, path) for path in _paths(schema, response, 2) if path[-1].is_repeated]
    candidates = [item for item in candidates if _is_own(item.message)]
    noun = singular(found.noun)
    for item in candidates:
        if same_thing(noun, entity_name(schema.messages[item.message])):
            return item
    direct = [item for item in candidates if len(item.path) == 1]
    if len(direct) == 1:
        return direct[0]
    return candidates[0] if len(candidates) == 1 else None


def pages(schema: Schema, method: Method) -> dict[str, str] | None:
    """How a list counts its pages, as the manifest says it: by token, or by number; None when it does neither."""
    request, response = schema.messages[method.request], schema.messages[method.response]
    position, end = _by_token(schema, request, response) or _by_number(schema, request, response) or ({}, {})
    if not position:
        return None
    size = _first(schema, request, _SIZE, "int")
    return end | position | ({"size": size} if size else {})


def _by_token(schema: Schema, request: Message, response: Message) -> tuple[dict[str, str], dict[str, str]] | None:
    token, following = _first(schema, request, _TOKEN, "str"), _first(schema, response, _NEXT_TOKEN, "str")
    return ({"token": token}, {"next_token": following}) if token and following else None


def _by_number(schema: Schema, request: Message, response: Message) -> tuple[dict[str, str], dict[str, str]] | None:
    page, total = _first(schema, request, _PAGE, "int"), _first(schema, response, _TOTAL, "int")
    return ({"page": page}, {"total": total} if total else {}) if page else None


def _first(schema: Schema, message: Message, pattern: re.Pattern[str], python: str) -> str:
    for path in _paths(schema, message, 2, scalars=True):
        leaf = path[-1]
        if pattern.match(leaf.name) and leaf.kind.is_scalar and leaf.kind.python == python and not leaf.is_repeated:
            return ".".join(item.name for item in path)
    return ""


def paths_to(schema: Schema, message: Message, type_name: str) -> list[tuple[Field, ...]]:
    """Ways from a message to singular fields of one message type, the shortest first."""
    found = [path for path in _paths(schema, message, 3) if path[-1].type_name == type_name]
    return [path for path in found if not path[-1].is_repeated]


def _paths(schema: Schema, message: Message, depth: int, *, scalars: bool = False) -> Iterator[tuple[Field, ...]]:
    """Field paths, those with fewer steps first; only the last step may be repeated, none is a map."""
    level: list[tuple[Field, ...]] = [()]
    seen = {message.full_name}
    for _ in range(depth):
        following = []
        for path in level:
            holder = schema.messages[path[-1].type_name] if path else message
            for item in holder.fields:
                if item.is_map or not (scalars or item.is_message):
                    continue
                yield (*path, item)
                if item.is_message and not item.is_repeated and item.type_name not in seen and _is_own(item.type_name):
                    following.append((*path, item))
        seen |= {path[-1].type_name for path in following}
        level = following


def is_single_message(item: Field) -> bool:
    """Whether the field holds one message."""
    return item.is_message and item.label.value == "singular"


def _holds_message(item: Field) -> bool:
    return is_single_message(item) and _is_own(item.type_name)


def _is_own(full_name: str) -> bool:
    return not full_name.startswith("google.protobuf.")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def question(name: str) -> str:
    """The name of a request message without its suffix."""
    return _QUESTION.sub("", name)
