"""RPCs that give a token for something secret are logins."""

from __future__ import annotations

import keyword

from remora_codegen.model import Field, Kind, Schema
from remora_codegen.propose.plan import LoginPlan, Rpc

_SECRETS = ("password", "passwd", "passphrase", "secret")
_OTHER_TOKENS = ("page_token", "refresh_token", "continuation_token", "next_token")
_OWN = ("lifetime", "log_in", "self")


def find(schema: Schema, item: Rpc) -> LoginPlan | None:
    """The login that an RPC is: plain values in, one of them secret, and one token out."""
    method = item.method
    if method.client_streaming or method.server_streaming:
        return None
    given = schema.messages[method.request].fields
    secrets = [field for field in given if field.name.lower().endswith(_SECRETS)]
    tokens = [field for field in schema.messages[method.response].fields if _is_token(field)]
    if len(secrets) != 1 or len(tokens) != 1 or not all(_is_plain(field) and _is_name(field.name) for field in given):
        return None
    parameters = {field.name: "{secret: true}" if field in secrets else "{}" for field in given}
    name = "".join(part[:1].upper() + part[1:] for part in secrets[0].name.split("_"))
    return LoginPlan(name, item, parameters, tokens[0].name)


def _is_token(field: Field) -> bool:
    name = field.name.lower()
    plain = field.kind is Kind.STRING and _is_plain(field)
    return plain and (name == "token" or name.endswith("_token")) and not name.endswith(_OTHER_TOKENS)


def _is_plain(field: Field) -> bool:
    return field.kind.is_scalar and not field.is_repeated and not field.is_map


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_") and name not in _OWN
