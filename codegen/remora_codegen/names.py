"""Python names for things that a schema names.

One place decides how a proto name becomes a Python name, so that messages, stubs, entities and documentation agree.
"""

from __future__ import annotations

import keyword
import re

# Names that a message class defines for itself. A field with one of them gets a trailing underscore.
MESSAGE_MEMBERS = frozenset(
    {
        "parse",
        "to_dict",
        "to_json",
        "from_dict",
        "from_json",
        "is_set",
        "which_oneof",
        "validate",
        "self",
    }
)

# Class names that would hide what generated modules rely on.
RESERVED_CLASSES = frozenset(
    {
        "AnyBase",
        "BOOL",
        "DurationBase",
        "Enum",
        "False",
        "FieldMaskBase",
        "ListValueBase",
        "MAX_DEPTH",
        "Message",
        "None",
        "SMALL",
        "StructBase",
        "TYPE_CHECKING",
        "TimestampBase",
        "True",
        "ValueBase",
        "WIRE_ERRORS",
        "WireError",
        "WrapperBase",
        "ZERO_32",
        "ZERO_64",
    }
)

_LOWER_UPPER = re.compile(r"([a-z0-9])([A-Z])")
_UPPER_WORD = re.compile(r"([A-Z]+)([A-Z][a-z])")
_PLURAL_ACRONYM = re.compile(r"([A-Z]{2,})s(?![a-z])")


def snake_case(name: str) -> str:
    """`GetOAuth2Metadata` becomes `get_oauth2_metadata`; an existing snake_case name stays as it is.

    A plural acronym stays one word (`ListURIs` gives `list_uris`), and so does OAuth.
    """
    name = _PLURAL_ACRONYM.sub(lambda match: match[1].capitalize() + "s", name).replace("OAuth", "Oauth")
    return _LOWER_UPPER.sub(r"\1_\2", _UPPER_WORD.sub(r"\1_\2", name)).lower()


def _safe(name: str, reserved: frozenset[str] = frozenset()) -> str:
    if keyword.iskeyword(name) or name in reserved:
        return name + "_"
    return name


def field_name(proto_name: str) -> str:
    """The attribute of a message field: the proto name, with an underscore where Python or `Message` owns the name.

    A leading double underscore would be mangled inside the class, so such a field gets the prefix `field`.
    """
    if proto_name.startswith("_"):
        proto_name = "field" + proto_name
    return _safe(proto_name, MESSAGE_MEMBERS)


def method_name(proto_name: str) -> str:
    """The method of a stub or server base for an RPC.

    Names with a leading underscore belong to the stub itself, so such an RPC gets the prefix `method`.
    """
    name = snake_case(proto_name)
    return _safe("method" + name if name.startswith("_") else name)


def class_name(path: tuple[str, ...]) -> str:
    """The class of a message or enum; nested names are joined: `Filter.Function` becomes `FilterFunction`.

    A leading underscore would make the class private, or mangle it inside other classes; it gets the prefix `Type`.
    """
    name = "".join(part[:1].upper() + part[1:] for part in path)
    return _safe("Type" + name if name.startswith("_") else name, RESERVED_CLASSES)


def enum_members(enum_name: str, proto_names: tuple[str, ...]) -> tuple[str, ...]:
    """Member names of an enum, without the prefix that repeats the enum's name when every value carries it.

    `enum ActionPhase { ACTION_PHASE_QUEUED ... }` gives `QUEUED`. When a name would become unusable (empty, starts
    with a digit) or two would be equal, all members keep their proto names.
    """
    prefix = snake_case(enum_name).upper() + "_"
    if all(name.startswith(prefix) for name in proto_names):
        short = tuple(name[len(prefix) :] for name in proto_names)
        if all(name and not name[0].isdigit() for name in short) and len(set(short)) == len(short):
            return tuple(_enum_member(name) for name in short)
    return tuple(_enum_member(name) for name in proto_names)


def _enum_member(name: str) -> str:
    # `mro`, `name` and `value` belong to enum classes; names with leading underscores are private to them.
    if name.startswith("_"):
        name = "value" + name
    return _safe(name, frozenset({"mro", "name", "value"}))


def module_name(proto_file: str) -> str:
    """The module of one proto file inside its package: `flyteidl2/core/literals.proto` -> `literals_pb`.

    The suffix keeps it apart from every class and sub-package of the same proto package.
    """
    return _stem(proto_file) + "_pb"


def service_module_name(proto_file: str) -> str:
    """The module of the stubs and server bases of one proto file: `.../run_service.proto` -> `run_service_grpc`."""
    return _stem(proto_file) + "_grpc"


def _stem(proto_file: str) -> str:
    stem = proto_file.rsplit("/", 1)[-1].removesuffix(".proto")
    stem = re.sub(r"\W", "_", stem)
    if stem[:1].isdigit():
        stem = "_" + stem
    return stem


def package_path(proto_package: str) -> tuple[str, ...]:
    """The Python package below the output root; keywords get an underscore, and the empty package is the root."""
    return tuple(_safe(part) for part in proto_package.split(".")) if proto_package else ()
