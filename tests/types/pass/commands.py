"""The command line of a package, started by a program of one's own."""

from __future__ import annotations

from remora.contract.v1.commands import Argument, Call, Command, Group, Option, Program, run
from remora_api.commands import PROGRAM, main

code: int = main()
same: int = run(PROGRAM, ["run", "list", "--limit", "1"], name="flyte")

found: Group | Command = PROGRAM.load("run")
names: list[str] = [command.name for command in found.commands] if isinstance(found, Group) else []
own = Command(
    "greet",
    "Greets somebody.",
    calls=(Call("my_functions:greet", "name", "loud=shout"),),
    parameters=(Argument("name", "Who."), Option("shout", "How.", kind="flag")),
)
program: Program = Program(commands="my.commands", entities="my.entities", entries=())
