"""Deciding each setting: argument, then environment, then file, then default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from remora.channel.endpoint import Endpoint, Spelling, parse_endpoint
from remora.channel.security import Certificates, TransportSecurity
from remora.errors import ConfigError

from .credentials import decide_auth_type, read_client_secret, use_api_key
from .files import Found, find
from .model import Config, Line
from .picks import ARGUMENT, DEFAULT, ENVIRONMENT, Pick, Picks, contradiction, line, pick, warn
from .secret import Secret
from .settings import BY_KEY, SETTINGS
from .trust import limit_environment, limit_file

if TYPE_CHECKING:
    from typing import TypeAlias

    from .explain import Explanation
    from .yaml_file import Entry

ConfigFile: TypeAlias = "str | os.PathLike[str] | Literal[False] | None"
"""A file to read, None to look for one, False to read none."""

_UNION_DOMAINS = (".union.ai", ".unionai.cloud")


def load_config(
    arguments: Mapping[str, object],
    *,
    certificates: Certificates | None = None,
    config_file: ConfigFile = None,
    trust_env: bool = True,
    environ: Mapping[str, str] | None = None,
    cwd: str | None = None,
    home: str | None = None,
) -> Config:
    """Decide every setting of a client.

    Args:
        arguments: Settings given in the program, by name; None means not given, "" means given as empty.
        certificates: Certificates, keys or an `ssl.SSLContext` given in the program.
        config_file: A file to read, None to look for one, False to read none.
        trust_env: Use the proxy that `https_proxy`, `http_proxy` and `no_proxy` name, if no setting names one.
        environ: Environment variables; the process's own by default.
        cwd: Where to look for a file; the current directory by default.
        home: Home directory; the user's own by default.

    Raises:
        ConfigError: A value is malformed, two contradict each other, or there is no endpoint.
    """
    environ = os.environ if environ is None else environ
    cwd, home = cwd or os.getcwd(), home or os.path.expanduser("~")
    found = None
    if config_file is not False:
        found = find(config_file, environ, cwd, home)
    entries = _entries(found)
    picks = {setting.name: pick(setting, arguments, environ, found, entries) for setting in SETTINGS}
    certificates = certificates or Certificates()

    use_api_key(picks)
    if not picks["endpoint"].value:
        raise _no_endpoint(found, entries)
    spelling = parse_endpoint(picks["endpoint"].text)
    limit_environment(picks, environ, spelling)
    if found is not None:
        limit_file(picks, found, entries, spelling)
    endpoint = _decide_tls(picks, spelling)
    _decide_org(picks, endpoint)
    read_client_secret(picks, environ, cwd, home)
    decide_auth_type(picks)
    _check_certificates(picks, certificates, endpoint)
    security = TransportSecurity(
        ca_cert_file=picks["ca_cert_file"].text,
        certificates=certificates,
        insecure_skip_verify=bool(picks["insecure_skip_verify"].value),
        http_proxy_url=picks["http_proxy_url"].text,
        environ=_proxies(environ) if trust_env and picks["http_proxy_url"].rank == DEFAULT else {},
    )
    _note_proxy(picks, security, endpoint)
    if security.insecure_skip_verify:
        warn(
            "insecure_skip_verify is on: certificates are not checked, so anyone in between can read and change every "
            "call, and the credentials with it. Use ca_cert_file with the certificate of the server's authority"
        )
    secret = picks["client_secret"].value
    return Config(
        endpoint=endpoint,
        security=security,
        console_endpoint=picks["console_endpoint"].text,
        org=picks["org"].text,
        project=picks["project"].text,
        domain=picks["domain"].text,
        auth_type=picks["auth_type"].text,
        client_id=picks["client_id"].text,
        client_secret=secret if isinstance(secret, Secret) and secret else None,
        scopes=_words(picks["scopes"]),
        audience=picks["audience"].text,
        command=_words(picks["command"]),
        proxy_command=_words(picks["proxy_command"]),
        disable_keyring=bool(picks["disable_keyring"].value),
        settings=(
            *(line(setting.name, picks[setting.name]) for setting in SETTINGS),
            *((name, "(given)", "argument", "") for name in certificates.check()),
        ),
        unused=_unused(found, entries),
    )


def found_settings(
    *,
    config_file: ConfigFile = None,
    environ: Mapping[str, str] | None = None,
    cwd: str | None = None,
    home: str | None = None,
) -> Explanation:
    """What the environment and a config file say, for programs that show it although there is no endpoint yet.

    Raises:
        ConfigError: A value is malformed.
    """
    environ = os.environ if environ is None else environ
    found = None
    if config_file is not False:
        found = find(config_file, environ, cwd or os.getcwd(), home or os.path.expanduser("~"))
    entries = _entries(found)
    lines = [line(setting.name, pick(setting, {}, environ, found, entries)) for setting in SETTINGS]
    from .explain import Explanation

    return Explanation.of(lines, _unused(found, entries))


def _entries(found: Found | None) -> dict[str, Entry]:
    if found is None:
        return {}
    from .yaml_file import read_entries

    return read_entries(found.path, found.text)


def _no_endpoint(found: Found | None, entries: Mapping[str, Entry]) -> ConfigError:
    from .explain import near_key

    hint = "pass endpoint=, set FLYTE_ADMIN_ENDPOINT, or write admin.endpoint into a config file"
    for key, _, place, _ in _unused(found, entries):
        if near_key(key) == "admin.endpoint":
            hint = f"{place.removeprefix('file ')} has {key!r}; did you mean 'admin.endpoint'?"
    return ConfigError("no endpoint: nothing says where the control plane is", hint=hint)


def _decide_tls(picks: Picks, spelling: Spelling) -> Endpoint:
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
    if picks["insecure"].rank == DEFAULT:
        source = "default" if spelling.tls is None else "scheme of the endpoint"
        picks["insecure"] = picks["insecure"]._replace(value=not decided.tls, source=source)
    picks["endpoint"] = endpoint._replace(value=decided.url)
    return decided


def _decide_org(picks: Picks, endpoint: Endpoint) -> None:
    host = endpoint.host.lower()
    if picks["org"].rank == DEFAULT and host.endswith(_UNION_DOMAINS) and host.count(".") > 1:
        picks["org"] = Pick(host.partition(".")[0], DEFAULT, "first part of the endpoint's host")


def _check_certificates(picks: Picks, certificates: Certificates, endpoint: Endpoint) -> None:
    """Refuse arguments that contradict each other; say which setting of a weaker source is not used."""
    given = certificates.check()
    skip, ca, insecure = picks["insecure_skip_verify"], picks["ca_cert_file"], picks["insecure"]
    named = [name for name in ("insecure_skip_verify", "ca_cert_file") if picks[name].value]
    by_argument = [*(name for name in named if picks[name].rank == ARGUMENT), *given]
    if insecure.value and insecure.rank == ARGUMENT and by_argument:
        raise ConfigError(
            f"insecure=True contradicts {by_argument[0]}: a plaintext connection has no certificates",
            hint="leave out one of them",
        )
    if skip.value and ca.value:
        if skip.rank == ca.rank == ARGUMENT:
            raise contradiction("insecure_skip_verify", "ca_cert_file", picks, "leave out one of them")
        picks["insecure_skip_verify"] = skip.drop(f"{skip.source} is overruled by ca_cert_file, which is checked")
    for name in named:
        pick = picks[name]
        clash = next((each for each in given if each in ("root_certificates", "ssl_context")), None)
        if clash is None or not pick.value:
            continue
        if pick.rank == ARGUMENT:
            raise ConfigError(f"{name} contradicts {clash}: both are given", hint="leave out one of them")
        picks[name] = pick.drop(f"{pick.source} is overruled by {clash}")
    if not endpoint.tls:
        for name in named:
            if picks[name].value:
                picks[name] = picks[name]._replace(note="not used for calls: the connection is plaintext")


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.lower().endswith("_proxy")}


def _note_proxy(picks: Picks, security: TransportSecurity, endpoint: Endpoint) -> None:
    """Check the proxy of the endpoint, and say so if the environment names it."""
    named = security.named_proxy(endpoint)
    if named is None:
        return
    pick = picks["http_proxy_url"]
    if pick.rank == DEFAULT:
        pick = Pick(named.url, ENVIRONMENT, f"environment variable {named.variable}", pick.note)
    from remora.channel.proxy_url import parse_proxy

    parse_proxy(named.url, f"the HTTP proxy ({pick.source})")
    picks["http_proxy_url"] = pick


def _words(pick: Pick) -> tuple[str, ...]:
    return tuple(str(word) for word in pick.value) if isinstance(pick.value, tuple) else ()


def _unused(found: Found | None, entries: Mapping[str, Entry]) -> tuple[Line, ...]:
    if found is None:
        return ()
    return tuple(
        (key, "(set)", f"file {found.path}:{entry.line}", "not a setting of this client")
        for key, entry in entries.items()
        if key not in BY_KEY
    )
