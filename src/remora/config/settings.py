"""The table of settings: their names as arguments, in the environment and in a config file."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .values import as_argv, as_auth_type, as_bool, as_secret, as_text, as_words


class Setting(NamedTuple):
    """One setting of a client.

    Attributes:
        name: Name of the argument.
        key: Dotted key in a config file; "" if a file cannot set it.
        variables: Environment variables, the one that wins first.
        about: What it does, for `remora config show`.
        read: Reads a value strictly; takes the value and where it comes from.
    """

    name: str
    key: str
    variables: tuple[str, ...]
    about: str
    read: Callable[[object, str], object] = as_text


SETTINGS = (
    # Where to connect, and how
    Setting("endpoint", "admin.endpoint", ("FLYTE_ADMIN_ENDPOINT",), "where the control plane is"),
    Setting("insecure", "admin.insecure", ("FLYTE_ADMIN_INSECURE",), "plaintext instead of TLS", as_bool),
    Setting(
        "insecure_skip_verify",
        "admin.insecureSkipVerify",
        ("FLYTE_ADMIN_INSECURESKIPVERIFY",),
        "TLS without checking who answers",
        as_bool,
    ),
    Setting(
        "ca_cert_file", "admin.caCertFilePath", ("FLYTE_ADMIN_CACERTFILEPATH",), "certificates to trust (PEM file)"
    ),
    Setting("http_proxy_url", "admin.httpProxyURL", ("FLYTE_ADMIN_HTTPPROXYURL",), "HTTP proxy to connect through"),
    Setting("console_endpoint", "console.endpoint", ("FLYTE_CONSOLE_ENDPOINT",), "base of links to the web console"),
    # What requests say
    Setting("org", "task.org", ("FLYTE_TASK_ORG",), "organization of requests"),
    Setting("project", "task.project", ("FLYTE_TASK_PROJECT",), "project of requests"),
    Setting("domain", "task.domain", ("FLYTE_TASK_DOMAIN",), "domain of requests"),
    # How to log in
    Setting(
        "auth_type", "admin.authType", ("FLYTE_AUTH_TYPE", "FLYTE_ADMIN_AUTHTYPE"), "the way to log in", as_auth_type
    ),
    Setting("api_key", "", ("FLYTE_API_KEY", "UNION_API_KEY"), "endpoint and credentials in one text", as_secret),
    Setting("client_id", "admin.clientId", ("FLYTE_ADMIN_CLIENTID",), "OAuth client"),
    Setting("client_secret", "", (), "secret of the OAuth client", as_secret),
    Setting(
        "client_secret_env_var",
        "admin.clientSecretEnvVar",
        ("FLYTE_ADMIN_CLIENTSECRETENVVAR",),
        "name of the environment variable that holds the client's secret",
    ),
    Setting(
        "client_secret_location",
        "admin.clientSecretLocation",
        ("FLYTE_ADMIN_CLIENTSECRETLOCATION",),
        "file that holds the client's secret",
    ),
    Setting("scopes", "admin.scopes", ("FLYTE_ADMIN_SCOPES",), "OAuth scopes to ask for", as_words),
    Setting("audience", "admin.audience", ("FLYTE_ADMIN_AUDIENCE",), "who tokens are for"),
    Setting(
        "command",
        "admin.command",
        ("FLYTE_AUTH_COMMAND", "FLYTE_ADMIN_COMMAND"),
        "command that prints a token",
        as_argv,
    ),
    Setting(
        "proxy_command",
        "admin.proxyCommand",
        ("FLYTE_AUTH_PROXY_COMMAND", "FLYTE_ADMIN_PROXYCOMMAND"),
        "command that prints a token for a proxy in front of the control plane",
        as_argv,
    ),
    Setting(
        "disable_keyring",
        "admin.disableKeyring",
        ("FLYTE_ADMIN_DISABLEKEYRING",),
        "keep tokens out of the system's keyring",
        as_bool,
    ),
)

BY_NAME = {setting.name: setting for setting in SETTINGS}
BY_KEY = {setting.key: setting for setting in SETTINGS if setting.key}

SECTIONS = ("admin", "console", "task", "image", "local", "union", "logger")
"""Top-level keys by which a file is known to be a config file of Flyte or Union."""
