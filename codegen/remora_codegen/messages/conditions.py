"""What breaks a validation rule, as a Python expression, and what is wrong then, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from remora_codegen.messages.formatting import byte_string, quoted, raw_quoted
from remora_codegen.patterns import python_pattern
from remora_codegen.rules import Rule

# Rule -> (the comparison that breaks it, the one that keeps it, words for the limit).
_LIMITS = {
    "gt": ("<=", ">", "above"),
    "gte": ("<", ">=", "at least"),
    "lt": (">=", "<", "below"),
    "lte": (">", "<=", "at most"),
}
# Rule -> (the comparison that breaks it, words for the limit, one of what it counts).
_SIZES = {
    "len": ("!=", "exactly", "character"),
    "min_len": ("<", "at least", "character"),
    "max_len": (">", "at most", "character"),
    "len_bytes": ("!=", "exactly", "byte"),
    "min_bytes": ("<", "at least", "byte"),
    "max_bytes": (">", "at most", "byte"),
    "min_items": ("<", "at least", "element"),
    "max_items": (">", "at most", "element"),
    "min_pairs": ("<", "at least", "entry"),
    "max_pairs": (">", "at most", "entry"),
}
# Rule -> (the test of the runtime that must hold, what the text must be).
_FORMATS = {
    "email": ("is_email({0})", "an e-mail address"),
    "hostname": ("is_hostname({0})", "a host name"),
    "ip": ("is_ip({0})", "an IP address"),
    "ipv4": ("is_ip({0}, 4)", "an IPv4 address"),
    "ipv6": ("is_ip({0}, 6)", "an IPv6 address"),
    "uri": ("is_uri({0})", "a URI"),
    "uri_ref": ("is_uri_reference({0})", "a URI or a relative reference"),
    "address": ("is_address({0})", "a host name or an IP address"),
    "uuid": ("is_uuid({0})", "a UUID"),
}


def conditions(
    rules: Sequence[Rule], source: str, enum: str, numbers: Mapping[int, str]
) -> Iterator[tuple[str, str, str]]:
    """For every rule its name, what breaks it, and what is wrong then.

    Args:
        rules: The rules of one value.
        source: The expression of the value.
        enum: The class of an enum.
        numbers: The names of its numbers.
    """
    bounds = {rule.short_name: rule for rule in rules if rule.short_name in _LIMITS}
    low, high = bounds.get("gt") or bounds.get("gte"), bounds.get("lt") or bounds.get("lte")
    if low is not None and high is not None:
        # Two limits are one rule. With the lower one above the upper, it is to lie outside (validate.proto, `gt`).
        name = f"{low.name}_{high.short_name}"
        if _number(low) >= _number(high):
            test = f"not ({_keeps(low, source)} or {_keeps(high, source)})"
            yield f"{name}_exclusive", test, f"must be {_words(low)} or {_words(high)}"
        else:
            test = f"not {literal(low.value)} {_LIMITS[low.short_name][1].replace('>', '<')} {_keeps(high, source)}"
            yield name, test, f"must be {_words(low)} and {_words(high)}"
        rules = [rule for rule in rules if rule not in (low, high)]
    for rule in rules:
        yield (rule.name, *_condition(rule, source, enum, numbers))


def _number(rule: Rule) -> tuple[float, ...]:
    return rule.value if isinstance(rule.value, tuple) else (rule.value,)  # type: ignore[return-value]


def _of(rule: Rule, source: str) -> str:
    """The expression that is compared: a moment is a message, and so is an Any."""
    kind = rule.name.split(".")[0]
    if kind in ("duration", "timestamp"):
        return f"as_pair({source})"
    return f"{source}.type_url" if kind == "any" else source


def _keeps(rule: Rule, source: str) -> str:
    return f"{_of(rule, source)} {_LIMITS[rule.short_name][1]} {literal(rule.value)}"


def _words(rule: Rule) -> str:
    return f"{_LIMITS[rule.short_name][2]} {_shown(rule, rule.value)}"


def _condition(rule: Rule, source: str, enum: str, numbers: Mapping[int, str]) -> tuple[str, str]:
    name, value = rule.short_name, rule.value
    compared = _of(rule, source)
    if name in _SIZES:
        operator, words, one = _SIZES[name]
        counted = f"len({source}.encode())" if name.endswith("_bytes") else f"len({source})"
        return f"{counted} {operator} {literal(value)}", f"must have {words} {literal(value)} {_unit(rule, one)}"
    if name in _LIMITS:
        # NaN is never within limits, so a float is asked the other way round.
        floating = rule.name.startswith(("float.", "double."))
        broken = f"{compared} {_LIMITS[name][0]} {literal(value)}"
        return f"not {_keeps(rule, source)}" if floating else broken, f"must be {_words(rule)}"
    if name == "const":
        return f"{compared} != {literal(value)}", f"must be {_shown(rule, value, numbers)}"
    if name in ("in", "not_in"):
        assert isinstance(value, tuple)
        return _membership(rule, compared, value, numbers)
    if name in _FORMATS:
        test, words = _FORMATS[name]
        return f"not {test.format(source)}", f"must be {words}"
    return _other(rule, source, enum)


def _membership(rule: Rule, compared: str, values: Sequence[object], numbers: Mapping[int, str]) -> tuple[str, str]:
    must_be = rule.short_name == "in"
    must = "must" if must_be else "must not"
    shown = ", ".join(_shown(rule, value, numbers) for value in values)
    if len(values) == 1:
        return f"{compared} {'!=' if must_be else '=='} {literal(values[0])}", f"{must} be {shown}"
    among = ", ".join(literal(value) for value in values)
    return f"{compared} {'not in' if must_be else 'in'} ({among})", f"{must} be one of {shown}"


def _other(rule: Rule, source: str, enum: str) -> tuple[str, str]:
    name, text = rule.short_name, literal(rule.value)
    if name == "pattern":
        pattern = python_pattern(str(rule.value))
        assert pattern is not None
        return f"not matches({raw_quoted(pattern)}, {source})", f"must match {rule.value!s}"
    found = {
        "prefix": (f"not {source}.startswith({text})", f"must start with {rule.value!r}"),
        "suffix": (f"not {source}.endswith({text})", f"must end with {rule.value!r}"),
        "contains": (f"{text} not in {source}", f"must contain {rule.value!r}"),
        "not_contains": (f"{text} in {source}", f"must not contain {rule.value!r}"),
        "unique": (f"len(set({source})) != len({source})", "must not have an element twice"),
        "finite": (f"{source} - {source} != 0", "must be finite"),
        "defined_only": (f"not {enum}._knows({source})", "must be a value that the enum names"),
    }
    return found[name]


def _unit(rule: Rule, one: str) -> str:
    if rule.name.startswith("bytes."):
        one = "byte"
    if rule.value == 1:
        return one
    return "entries" if one == "entry" else f"{one}s"


def _shown(rule: Rule, value: object, numbers: Mapping[int, str] | None = None) -> str:
    if numbers and isinstance(value, int):
        return numbers.get(value, str(value))
    if isinstance(value, tuple):
        seconds, nanos = value
        return f"{seconds + nanos / 1e9:.15g} s" + (" after 1970" if rule.name.startswith("timestamp.") else "")
    return repr(value)


def literal(value: object) -> str:
    """A value of a rule as Python writes it."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bytes):
        return byte_string(value)
    if isinstance(value, tuple):
        return f"({', '.join(literal(item) for item in value)})"
    return repr(value)
