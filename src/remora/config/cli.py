"""`remora config show`: each setting, its value, and where it came from."""

from __future__ import annotations

import argparse
import json
import sys

from remora.errors import ConfigError

from .explain import Explanation
from .resolve import ConfigFile, found_settings, load_config
from .settings import BY_NAME


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `remora config`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="print each setting, its value, and where it came from")
    show.add_argument("--json", action="store_true", help="as JSON, with the names that set each setting")
    which = show.add_mutually_exclusive_group()
    which.add_argument("--config-file", metavar="PATH", help="read this file instead of looking for one")
    which.add_argument("--no-config-file", action="store_true", help="read no file")


def run(args: argparse.Namespace) -> int:
    """Run `remora config show`; 1 if there is no endpoint, 2 if a setting cannot be used."""
    config_file: ConfigFile = False if args.no_config_file else args.config_file
    try:
        explanation = found_settings(config_file=config_file)
        missing = not (explanation["endpoint"].value or explanation["api_key"].value)
        if not missing:
            explanation = load_config({}, config_file=config_file).explain()
    except ConfigError as error:
        print(f"remora config show: {error}", file=sys.stderr)
        return 2
    print(json.dumps(_as_data(explanation), indent=2) if args.json else explanation)
    if missing:
        print("remora config show: no endpoint is set, so a client needs endpoint=", file=sys.stderr)
        return 1
    return 0


def _as_data(explanation: Explanation) -> dict[str, dict[str, object]]:
    data: dict[str, dict[str, object]] = {name: {**shown} for name, shown in explanation.to_dict().items()}
    for name, setting in BY_NAME.items():
        data[name] |= {"about": setting.about, "key": setting.key, "variables": list(setting.variables)}
    return data
