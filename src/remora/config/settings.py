"""The table of settings: their names as arguments, in the environment and in a config file."""

from __future__ import annotations

from typing import NamedTuple


class Setting(NamedTuple):
    """One setting of a client.

    Attributes:
        name: Name of the argument of `remora.init` and `remora.Client`.
        key: Dotted key in a config file.
        variable: Environment variable.
        boolean: The value is true or false; otherwise it is text.
        about: What it does, for `explain()`.
    """

    name: str
    key: str
    variable: str
    boolean: bool
    about: str


SETTINGS = (
    Setting("endpoint", "admin.endpoint", "FLYTE_ADMIN_ENDPOINT", False, "where the control plane is"),
    Setting("insecure", "admin.insecure", "FLYTE_ADMIN_INSECURE", True, "plaintext instead of TLS"),
    Setting(
        "insecure_skip_verify",
        "admin.insecureSkipVerify",
        "FLYTE_ADMIN_INSECURESKIPVERIFY",
        True,
        "TLS without checking who answers",
    ),
    Setting(
        "ca_cert_file", "admin.caCertFilePath", "FLYTE_ADMIN_CACERTFILEPATH", False, "certificates to trust (PEM file)"
    ),
    Setting("http_proxy_url", "admin.httpProxyURL", "FLYTE_ADMIN_HTTPPROXYURL", False, "HTTP proxy to connect through"),
    Setting(
        "console_endpoint", "console.endpoint", "FLYTE_CONSOLE_ENDPOINT", False, "base of links to the web console"
    ),
    Setting("org", "task.org", "FLYTE_TASK_ORG", False, "organization of requests"),
    Setting("project", "task.project", "FLYTE_TASK_PROJECT", False, "project of requests"),
    Setting("domain", "task.domain", "FLYTE_TASK_DOMAIN", False, "domain of requests"),
)

BY_NAME = {setting.name: setting for setting in SETTINGS}
BY_KEY = {setting.key: setting for setting in SETTINGS}

SECTIONS = ("admin", "console", "task", "image", "local", "union", "logger")
"""Top-level keys by which a file is known to be a config file of Flyte or Union."""

UNUSED_AUTH_KEYS = (
    "admin.authType",
    "admin.clientId",
    "admin.clientSecretLocation",
    "admin.clientSecretEnvVar",
    "admin.command",
    "admin.disableKeyring",
    "admin.proxyCommand",
    "admin.scopes",
)
"""Authentication settings: `explain()` reports them, and nothing reads them yet."""

UNUSED_AUTH_VARIABLES = (
    "FLYTE_API_KEY",
    "FLYTE_AUTH_TYPE",
    "FLYTE_AUTH_COMMAND",
    "FLYTE_AUTH_PROXY_COMMAND",
    *(f"FLYTE_{key.replace('.', '_').upper()}" for key in UNUSED_AUTH_KEYS),
)
