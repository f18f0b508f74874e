"""Hints of errors, which are for people who write Python, as hints for people at a shell."""

from __future__ import annotations

import re

from remora.commands.declarations import Command, Option, Program

# Arguments of a client that every command has as options.
_COMMON = {
    "endpoint": "--endpoint",
    "config_file": "--config",
    "insecure": "--insecure",
    "project": "--project",
    "domain": "--domain",
    "org": "--org",
    "timeout": "--timeout",
}
# What no option stands for: a login is chosen by the environment or a config file.
_LOGIN = re.compile(r"pass auth= or metadata=, or set (?P<key>\w+)")
_INIT = re.compile(r"remora\.init\(\w+=[^)]*\) or ")
_ARGUMENT = re.compile(
    r"(?P<verb>\bpass )?(?P<more>a larger )?\b(?P<name>\w+)=(?P<value>True\b|'[^']*'|\"[^\"]*\"|(?!\w))"
)
_METHOD = re.compile(r"\b(?P<what>[A-Z]\w*\.\w+)\(\)")


def for_shell(hint: str, command: Command | None = None, program: Program | None = None, name: str = "") -> str:
    """Options in place of arguments, and commands in place of methods.

    Args:
        hint: The hint of an error.
        command: The command that has failed.
        program: All commands.
        name: What the program is called.
    """
    own = () if command is None else command.parameters
    switches = {**_COMMON, **{item.name: item.switch for item in own if isinstance(item, Option)}}

    def option(match: re.Match[str]) -> str:
        switch = switches.get(match["name"])
        if switch is None:
            return match[0]
        value = match["value"].strip("'\"")
        words = (match["verb"] and "give ", match["more"], switch, f" {value}" if value not in ("", "True") else "")
        return "".join(word or "" for word in words)

    def called(match: re.Match[str]) -> str:
        found = None if program is None else _calling(program, match["what"])
        return match[0] if found is None else f"`{name} {found}`"

    return _METHOD.sub(
        called, _ARGUMENT.sub(option, _LOGIN.sub(r"or set FLYTE_AUTH_TYPE or \g<key>", _INIT.sub("", hint)))
    )


def _calling(program: Program, what: str) -> str | None:
    """The command that does nothing but call this method."""
    for entry in program.entries:
        found = program.load(entry.name)
        for command in (found,) if isinstance(found, Command) else found.commands:
            if [call.what for call in command.calls] == [what]:
                return command.name if found is command else f"{found.name} {command.name}"
    return None
