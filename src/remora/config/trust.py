"""What a source may decide: nothing about another endpoint, and nothing dangerous if it is a file that was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from remora.channel.endpoint import Spelling, parse_endpoint
from remora.errors import ConfigError

from .picks import ARGUMENT, ENVIRONMENT, FILE, Pick, Picks, warn
from .settings import BY_NAME
from .values import is_unset

if TYPE_CHECKING:
    from .files import Found
    from .yaml_file import Entry

_WEAKENING = ("insecure", "insecure_skip_verify")
_SECRETS = ("client_secret_env_var", "client_secret_location")
_COMMANDS = ("command", "proxy_command")
_ROUTES = ("ca_cert_file", "http_proxy_url", "proxy_command")
_IDENTITY = ("auth_type", "client_id", *_SECRETS, "scopes", "audience", "command")

# Who may read these files and variables, and run these programs, is decided by whoever wrote the file; a directory that
# was cloned or unpacked a minute ago must not be able to.
_FORBIDDEN_IF_FOUND = {
    **dict.fromkeys(_WEAKENING, "weaken TLS"),
    **dict.fromkeys(_COMMANDS, "run commands"),
    **dict.fromkeys(_SECRETS, "say where secrets are read from"),
}


def limit_file(picks: Picks, found: Found, entries: Mapping[str, Entry], spelling: Spelling) -> None:
    """Leave out what the file may not decide; a dangerous setting that is left out warns.

    Args:
        picks: All settings; changed in place.
        found: The file.
        entries: What it says.
        spelling: The endpoint that was decided, wherever it came from.
    """
    of_file = entries.get("admin.endpoint")
    named = of_file is not None and not is_unset(of_file.value)
    same = picks["endpoint"].rank == FILE or (named and of_file is not None and _same(str(of_file.value), spelling))
    for name in (*_WEAKENING, *_ROUTES, *_IDENTITY):
        pick = picks[name]
        if pick.rank != FILE or not pick.value:
            continue
        where = f"{BY_NAME[name].key} of {pick.source}"
        bound = name not in _ROUTES  # says something about the file's own endpoint, not about the network
        if not same and ((named and bound) or not found.trusted):
            picks[name] = pick.drop(f"{where} left out: it belongs to another endpoint")
        elif not found.trusted and not (name == "insecure" and spelling.endpoint().is_loopback):
            picks[name] = _forbid(name, pick, where, found)


def limit_environment(picks: Picks, environ: Mapping[str, str], spelling: Spelling) -> None:
    """Leave out what the environment says about its endpoint, TLS and credentials, if an argument names another one.

    Args:
        picks: All settings; changed in place.
        environ: Environment variables.
        spelling: The endpoint that was decided.
    """
    variable = BY_NAME["endpoint"].variables[0]
    named = environ.get(variable)
    if named is None or is_unset(named) or picks["endpoint"].rank != ARGUMENT or _same(named, spelling):
        return
    identity = () if picks["api_key"].value else _IDENTITY  # a key that is used is for the endpoint that was decided
    for name in (*_WEAKENING, *identity):
        pick = picks[name]
        if pick.rank == ENVIRONMENT and pick.value:
            picks[name] = pick.drop(f"{pick.source} left out: it belongs to the endpoint of {variable}")


def _forbid(name: str, pick: Pick, where: str, found: Found) -> Pick:
    what = _FORBIDDEN_IF_FOUND.get(name)
    if what is None:
        return pick
    warn(
        f"{where} is left out: a file that is merely found in the working directory may not {what}. "
        f"To trust it, pass config_file={found.path!r} or name it in $FLYTECTL_CONFIG"
    )
    return pick.drop(f"{where} left out: a file found in the working directory may not {what}")


def _same(text: str, spelling: Spelling) -> bool:
    try:
        return parse_endpoint(text).same_place(spelling)
    except ConfigError:
        return False
