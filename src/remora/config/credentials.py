"""Deciding who the client is: an API key, a client's secret, a command, and the way to log in."""

from __future__ import annotations

import os
from collections.abc import Mapping

from remora.channel.endpoint import parse_endpoint
from remora.errors import ConfigError

from .picks import ARGUMENT, DEFAULT, Pick, Picks, contradiction
from .secret import Secret

_ONE_OF_THEM = "leave out one of them"


def use_api_key(picks: Picks) -> None:
    """Put what an API key says where it belongs: endpoint, client, secret, organization.

    Raises:
        ConfigError: The key is malformed, or contradicts what the same kind of source says.
    """
    key = picks["api_key"]
    if not isinstance(key.value, Secret) or not key.value:
        return
    from .api_key import decode_api_key

    decoded = decode_api_key(key.value.reveal(), f"the API key ({key.source})")
    endpoint = picks["endpoint"]
    same = not endpoint.text or parse_endpoint(endpoint.text).same_place(parse_endpoint(decoded.endpoint))
    if not same and endpoint.rank == key.rank:
        raise contradiction("endpoint", "api_key", picks, f"the key is for {decoded.endpoint!r}")
    if not same and endpoint.rank > key.rank:
        picks["api_key"] = key.drop(f"{key.source} left out: the key belongs to another endpoint")
        return
    secrets = ("client_secret", "client_secret_env_var", "client_secret_location")
    for name in ("client_id", *secrets, "command", "auth_type"):
        other = picks[name]
        if not other.value or other.value == "ClientSecret":
            continue
        if other.rank == key.rank:
            raise contradiction("api_key", name, picks, _ONE_OF_THEM)
        if other.rank > key.rank:
            picks["api_key"] = key.drop(f"{key.source} is overruled by {name}")
            return
        picks[name] = other.drop(f"{other.source} is overruled by api_key")
    source = f"api_key ({key.source})"
    if not endpoint.text or endpoint.rank < key.rank:
        picks["endpoint"] = Pick(decoded.endpoint, key.rank, source)
    picks["client_id"] = Pick(decoded.client_id, key.rank, source)
    picks["client_secret"] = Pick(decoded.client_secret, key.rank, source)
    if decoded.org and picks["org"].rank < key.rank:
        picks["org"] = Pick(decoded.org, key.rank, source)


def read_client_secret(picks: Picks, environ: Mapping[str, str], cwd: str, home: str) -> None:
    """Get the client's secret from where a setting says it is; a variable is preferred to a file.

    Raises:
        ConfigError: The variable is not set, or the file cannot be read or is empty. The secret is not shown.
    """
    by_variable, by_file = picks["client_secret_env_var"], picks["client_secret_location"]
    chosen = picks["auth_type"]
    if picks["client_secret"].value:
        return
    if chosen.rank > max(by_variable.rank, by_file.rank) and chosen.value != "ClientSecret":
        return  # another way to log in was chosen over what names the secret
    if by_variable.value and by_variable.rank >= by_file.rank:
        variable = by_variable.text
        if environ.get(variable):
            source = f"environment variable {variable}, named by {by_variable.source}"
            picks["client_secret"] = Pick(Secret(environ[variable]), by_variable.rank, source)
            return
        if not by_file.value:
            raise ConfigError(
                f"the environment variable {variable} is not set, and should hold the client's secret "
                f"({by_variable.source})"
            )
    if by_file.value:
        name = os.path.join(home, by_file.text[2:]) if by_file.text.startswith("~/") else by_file.text
        path = os.path.normpath(os.path.join(cwd, name))
        secret = Secret(_read(path, by_file.source))
        picks["client_secret"] = Pick(secret, by_file.rank, f"file {path}, named by {by_file.source}")


def _read(path: str, by: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise ConfigError(f"{path}, which should hold the client's secret ({by}), is not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(
            f"{path}, which should hold the client's secret ({by}), cannot be read: {error.strerror}"
        ) from None
    secret = text.strip() if text.endswith("\n") else text
    if not secret:
        raise ConfigError(f"{path}, which should hold the client's secret ({by}), is empty")
    return secret


def decide_auth_type(picks: Picks) -> None:
    """Choose the way to log in: as it is set, else by what there is to log in with, else Pkce.

    A client's secret decides against an `authType` beside it in the environment or a file, as in Flyte's own tools.

    Raises:
        ConfigError: Two arguments say different things.
    """
    chosen = picks["auth_type"]
    for name, means in (("client_secret", "ClientSecret"), ("command", "ExternalCommand")):
        given = picks[name]
        if not given.value or chosen.value == means:
            continue
        if given.rank == chosen.rank == ARGUMENT:
            raise contradiction("auth_type", name, picks, f"{name} is for auth_type={means!r}")
        if chosen.rank == DEFAULT or (name == "client_secret" and given.rank >= chosen.rank):
            note = f"{chosen.source} is overruled by {name}" if chosen.value else ""
            chosen = picks["auth_type"] = Pick(means, given.rank, f"because of {name} ({given.source})", note)
        elif not given.note:
            picks[name] = given._replace(note=f"not used: auth_type is {chosen.value}")
    if not chosen.value:
        picks["auth_type"] = chosen._replace(value="Pkce", source="default")
