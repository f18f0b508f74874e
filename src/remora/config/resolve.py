"""Deciding each setting: argument, then environment, then file, then default."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from remora.channel.endpoint import Endpoint, Spelling, parse_endpoint
from remora.errors import ConfigError, ConfigWarning

from .files import Found, find
from .model import Config, Line
from .settings import BY_KEY, BY_NAME, SETTINGS, UNUSED_AUTH_KEYS, UNUSED_AUTH_VARIABLES, Setting
from .values import as_bool, as_text, is_unset

if TYPE_CHECKING:
    from typing import TypeAlias

    from .yaml_file import Entry

ConfigFile: TypeAlias = "str | os.PathLike[str] | Literal[False] | None"
"""A file to read, None to look for one, False to read none."""

_ARGUMENT, _ENVIRONMENT, _FILE, _DEFAULT = 3, 2, 1, 0

_DANGEROUS = ("insecure", "insecure_skip_verify")
_CONNECTION = (*_DANGEROUS, "ca_cert_file", "http_proxy_url")

_UNION_DOMAINS = (".union.ai", ".unionai.cloud")


class _Pick(NamedTuple):
    value: str | bool | None
    rank: int
    source: str
    note: str = ""

    def drop(self, note: str) -> _Pick:
        return _Pick(None, _DEFAULT, "not set", note)


def load_config(
    arguments: Mapping[str, str | bool | None],
    *,
    config_file: ConfigFile = None,
    trust_env: bool = True,
    environ: Mapping[str, str] | None = None,
    cwd: str | None = None,
    home: str | None = None,
) -> Config:
    """Decide every setting of a client.

    Args:
        arguments: Settings given in the program, by name; None means not given, "" means given as empty.
        config_file: A file to read, None to look for one, False to read none.
        trust_env: Use the proxy that `https_proxy`, `http_proxy` and `no_proxy` name, if no setting names one.
        environ: Environment variables; the process's own by default.
        cwd: Where to look for a file; the current directory by default.
        home: Home directory; the user's own by default.

    Raises:
        ConfigError: A value is malformed, two contradict each other, or there is no endpoint.
    """
    environ = os.environ if environ is None else environ
    found = None
    if config_file is not False:
        found = find(config_file, environ, cwd or os.getcwd(), home or os.path.expanduser("~"))
    entries = _entries(found)
    picks = {setting.name: _pick(setting, arguments, environ, found, entries) for setting in SETTINGS}

    if not picks["endpoint"].value:
        raise ConfigError(
            "no endpoint: nothing says where the control plane is",
            hint="pass endpoint=, set FLYTE_ADMIN_ENDPOINT, or write admin.endpoint into a config file",
        )
    spelling = parse_endpoint(str(picks["endpoint"].value))
    if found is not None:
        _limit_file(picks, found, entries, spelling)
    endpoint = _decide_tls(picks, spelling)
    _decide_org(picks, endpoint)
    _decide_proxy(picks, endpoint, environ if trust_env else {})
    _note_certificates(picks, endpoint)
    settings = tuple(_explained(setting.name, picks[setting.name]) for setting in SETTINGS)
    return Config(
        endpoint=endpoint,
        insecure_skip_verify=bool(picks["insecure_skip_verify"].value),
        ca_cert_file=_text(picks, "ca_cert_file"),
        http_proxy_url=_text(picks, "http_proxy_url"),
        console_endpoint=_text(picks, "console_endpoint"),
        org=_text(picks, "org"),
        project=_text(picks, "project"),
        domain=_text(picks, "domain"),
        settings=settings,
        unused=_unused(found, entries, environ),
    )


def _entries(found: Found | None) -> dict[str, Entry]:
    if found is None:
        return {}
    from .yaml_file import read_entries

    return read_entries(found.path, found.text)


def _pick(
    setting: Setting,
    arguments: Mapping[str, str | bool | None],
    environ: Mapping[str, str],
    found: Found | None,
    entries: Mapping[str, Entry],
) -> _Pick:
    read = as_bool if setting.boolean else as_text
    argument = arguments.get(setting.name)
    if argument is not None:
        return _Pick(read(argument, f"the argument {setting.name}"), _ARGUMENT, "argument")
    variable = environ.get(setting.variable)
    if not is_unset(variable):
        value = read(variable, f"the environment variable {setting.variable}")
        return _Pick(value, _ENVIRONMENT, f"environment variable {setting.variable}")
    entry = entries.get(setting.key)
    if found is not None and entry is not None and not is_unset(entry.value):
        where = f"{found.path}:{entry.line}"
        return _Pick(read(entry.value, f"{where}: {setting.key}"), _FILE, f"file {where}")
    return _Pick(None, _DEFAULT, "not set")


def _limit_file(picks: dict[str, _Pick], found: Found, entries: Mapping[str, Entry], spelling: Spelling) -> None:
    """Keep a file's connection settings away from an endpoint that they were not written for."""
    of_file = entries.get("admin.endpoint")
    endpoint_in_file = of_file is not None and not is_unset(of_file.value)
    same = picks["endpoint"].rank == _FILE or (
        endpoint_in_file and of_file is not None and _same(str(of_file.value), spelling)
    )
    for name in _CONNECTION:
        pick = picks[name]
        if pick.rank != _FILE or not pick.value:
            continue
        where = f"{BY_NAME[name].key} of {pick.source}"
        if not same and ((endpoint_in_file and name in _DANGEROUS) or not found.trusted):
            picks[name] = pick.drop(f"{where} left out: it belongs to another endpoint")
        elif name in _DANGEROUS and not found.trusted and not spelling.endpoint().is_loopback:
            picks[name] = pick.drop(f"{where} left out: a file found in the working directory may not weaken TLS")
            warnings.warn(
                f"{where} is left out: a file that is merely found in the working directory may not weaken TLS to "
                f"another machine. To trust it, pass config_file={found.path!r} or name it in $FLYTECTL_CONFIG",
                ConfigWarning,
                stacklevel=_outside(),
            )


def _same(text: str, spelling: Spelling) -> bool:
    try:
        other = parse_endpoint(text)
    except ConfigError:
        return False
    return other._replace(tls=None).endpoint() == spelling._replace(tls=None).endpoint()


def _decide_tls(picks: dict[str, _Pick], spelling: Spelling) -> Endpoint:
    insecure, endpoint = picks["insecure"], picks["endpoint"]
    if insecure.value is None or spelling.tls is None or spelling.path:
        decided = spelling.endpoint(insecure=bool(insecure.value))
    elif insecure.value == (not spelling.tls):
        decided = spelling.endpoint()
    elif insecure.rank == endpoint.rank:
        raise ConfigError(
            f"insecure={insecure.value} ({insecure.source}) contradicts the endpoint "
            f"{endpoint.value!r} ({endpoint.source})",
            hint="leave out one of them: http:// is plaintext, https:// is TLS",
        )
    elif insecure.rank > endpoint.rank:
        decided = spelling._replace(tls=None).endpoint(insecure=bool(insecure.value))
    else:
        decided = spelling.endpoint()
        picks["insecure"] = insecure.drop(f"{insecure.source} is overruled by the scheme of the endpoint")
    if picks["insecure"].rank == _DEFAULT:
        source = "default" if spelling.tls is None else "scheme of the endpoint"
        picks["insecure"] = picks["insecure"]._replace(value=not decided.tls, source=source)
    picks["endpoint"] = endpoint._replace(value=decided.url)
    return decided


def _decide_org(picks: dict[str, _Pick], endpoint: Endpoint) -> None:
    host = endpoint.host.lower()
    if picks["org"].rank == _DEFAULT and host.endswith(_UNION_DOMAINS) and host.count(".") > 1:
        picks["org"] = _Pick(host.partition(".")[0], _DEFAULT, "first part of the endpoint's host")


def _decide_proxy(picks: dict[str, _Pick], endpoint: Endpoint, environ: Mapping[str, str]) -> None:
    pick = picks["http_proxy_url"]
    if pick.rank == _DEFAULT and not any(name.lower().endswith("_proxy") for name in environ):
        return
    from remora.channel.proxy_url import parse_proxy, proxy_from_environment

    if pick.rank == _DEFAULT:
        named = proxy_from_environment(environ, endpoint)
        if named is None:
            return
        pick = _Pick(named.url, _ENVIRONMENT, f"environment variable {named.variable}", pick.note)
    if pick.value:
        parse_proxy(str(pick.value), f"the HTTP proxy ({pick.source})")
    picks["http_proxy_url"] = pick


def _note_certificates(picks: dict[str, _Pick], endpoint: Endpoint) -> None:
    skip, ca = picks["insecure_skip_verify"], picks["ca_cert_file"]
    if not endpoint.tls:
        for name in ("insecure_skip_verify", "ca_cert_file"):
            if picks[name].value:
                picks[name] = picks[name]._replace(note="not used: the connection is plaintext")
    elif skip.value and ca.value:
        picks["insecure_skip_verify"] = skip.drop(f"{skip.source} is overruled by ca_cert_file, which is checked")


def _text(picks: Mapping[str, _Pick], name: str) -> str:
    value = picks[name].value
    return "" if value is None else str(value)


def _explained(name: str, pick: _Pick) -> Line:
    if isinstance(pick.value, bool):
        return name, "true" if pick.value else "false", pick.source, pick.note
    return name, pick.value or "", pick.source, pick.note


def _unused(found: Found | None, entries: Mapping[str, Entry], environ: Mapping[str, str]) -> tuple[Line, ...]:
    lines = [
        (variable, "(set)", "environment variable", "not used yet: no log-in is made")
        for variable in UNUSED_AUTH_VARIABLES
        if environ.get(variable)
    ]
    for key, entry in entries.items():
        if found is None or key in BY_KEY:
            continue
        note = "not used yet: no log-in is made" if key in UNUSED_AUTH_KEYS else "not a setting of this client"
        lines.append((key, "(set)", f"file {found.path}:{entry.line}", note))
    return tuple(lines)


def _outside() -> int:
    """The `stacklevel` of the first frame outside this library."""
    import sys

    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("remora."):
        frame = frame.f_back
        level += 1
    return level
