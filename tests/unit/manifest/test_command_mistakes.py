"""Mistakes in the commands of a manifest."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from remora_codegen.manifest import Manifest
from remora_codegen.manifest.command_model import CommandGroup

HEAD = """entities:
  Item:
    message: shop.v1.Item
    properties: {name: name, count: count}
    methods:
      get:
        rpc: shop.v1.Shop/GetItem
        parameters: {name: {}, size: {optional: true}}
        returns: {entity: Item, field: item}
      list:
        rpc: shop.v1.Shop/ListItems
        parameters: {shelf: {}}
        pages: {items: items, next_token: token, token: token}
        returns: Item
      again: {rpc: shop.v1.Shop/GetItem, request: {name: {self: name}}, parameters: {depth: {default: 0}}}
      named: {rpc: shop.v1.Shop/GetItem, request: {name: {self: name}}, parameters: {name_: {field: code, default: ""}}}
  Size:
    message: shop.v1.Size
    methods:
      get: {rpc: shop.v1.Shop/GetItem, parameters: {name: {}}}
      shrink: {rpc: shop.v1.Shop/GetItem, request: {name: {self: unit}}}
      told: {behaviour: "functions:resize"}
  Bare:
    message: shop.v1.Item
    methods:
      touch: {rpc: shop.v1.Shop/GetItem, request: {name: {self: name}}}
sources: [.]
commands:
"""

MISTAKES = {
    "an unknown entity": (
        "  item: {entity: Itm, commands: {get: {}}}\n",
        ["29:18: there is no entity 'Itm' (did you mean 'Item'?)"],
    ),
    "an unknown method": (
        "  item: {entity: Item, commands: {lst: {}, show: gt}}\n",
        [
            "29:35: entity 'Item' has no method 'lst' (did you mean 'list'?)",
            "29:50: entity 'Item' has no method 'gt' (did you mean 'get'?)",
        ],
    ),
    "an unknown column": (
        "  item: {entity: Item, columns: [nme], commands: {get: {columns: [cont]}}}\n",
        [
            "29:34: entity 'Item' has no property 'nme' (did you mean 'name'?)",
            "29:67: entity 'Item' has no property 'cont' (did you mean 'count'?)",
        ],
    ),
    "columns of what is no entity": (
        "  item: {entity: Item, commands: {again: {columns: [name]}}}\n",
        ["29:53: the command shows no entity, so it has no columns"],
    ),
    "an unknown parameter": (
        "  item: {entity: Item, commands: {get: {arguments: [nam], leave_out: [nme], options: {sze: --big}}}}\n",
        [
            "29:53: the command has no parameter 'nam' (did you mean 'name'?)",
            "29:71: the command has no parameter 'nme' (did you mean 'name'?)",
            "29:87: the command has no parameter 'sze' (did you mean 'size'?)",
        ],
    ),
    "an unknown parameter of a group": (
        "  item: {entity: Item, leave_out: [shelf, nme], options: {sze: {help: x}}, commands: {get: {}, list: {}}}\n",
        [
            "29:36: parameter 'shelf' must be given ('fill' it with a function)",
            "29:43: no command of 'item' has a parameter 'nme' (did you mean 'name'?)",
            "29:59: no command of 'item' has a parameter 'sze' (did you mean 'size'?)",
        ],
    ),
    "a required parameter that is left out": (
        "  item: {entity: Item, commands: {get: {leave_out: [name]}}}\n",
        ["29:53: parameter 'name' must be given ('fill' it with a function)"],
    ),
    "options that are none, taken, or the same": (
        "  item: {entity: Item, commands: {get: {arguments: [], options: {name: -n, size: --output}}}}\n",
        [
            "29:72: '-n' is not an option such as '--name'",
            "29:82: every command has the option '--output', which would be that of 'size' "
            "(give it another one: options: {size: --NAME})",
        ],
    ),
    "two parameters with one option": (
        "  item: {entity: Item, commands: {get: {options: {size: --timeout}}}}\n",
        [
            "29:57: parameters 'size' and 'timeout' both get '--timeout' "
            "(give it another one: options: {timeout: --NAME})"
        ],
    ),
    "no way to read the entity": (
        "  bare: {entity: Bare, commands: {touch: {}}}\n",
        [
            "29:35: 'Bare.touch' is a method of one Bare, and there is no 'get' "
            "(name the one that gives the entity with 'get')"
        ],
    ),
    "another way that does not give it": (
        "  size: {entity: Size, commands: {shrink: {}}}\n",
        [
            "29:35: 'Size.get' does not give the Size that 'Size.shrink' needs "
            "('get' names the class-level method that gives one Size)"
        ],
    ),
    "a group in a group": (
        "  item: {entity: Item, commands: {more: {commands: {get: {}}}}}\n",
        ["29:35: 'more' is a group in a group; commands have one level of groups"],
    ),
    "a group that does something": (
        "  item: {entity: Item, method: get, commands: {list: {}}}\n",
        ["29:9: 'item' is a group of commands, so it takes no 'method'"],
    ),
    "nothing to do": (
        "  item: {doc: What?}\n",
        ["29:3: command 'item' needs an 'entity', or a 'function'"],
    ),
    "names": (
        '  Item: {entity: Item, commands: {get: {}}}\n  completion: {function: "functions:free"}\n',
        [
            "29:3: 'Item' is not the name of a command (use small letters, digits and -)",
            "30:3: command 'completion' is reserved; every command line has it",
        ],
    ),
    "functions": (
        '  a: {function: "functions:fre"}\n'
        '  b: {function: "functions:fetch"}\n'
        '  c: {function: "functions:title"}\n'
        '  item: {entity: Item, commands: {get: {method: get, function: "functions:free"}}}\n',
        [
            "29:17: 'function': module 'functions' has no function 'fre' (did you mean 'free'?)",
            "30:17: function 'fetch' must be plain, not async "
            "(a command blocks; call the blocking form of what is async)",
            "31:17: function 'title' cannot be called so (say with 'method' what gives its first parameter `self`)",
            "32:64: function 'free' cannot be called so (its first parameter must be `self`, what the method gives)",
        ],
    ),
    "fills": (
        "  item:\n    entity: Item\n    commands:\n"
        '      get: {fill: {nam: "functions:free"}}\n'
        '      list: {fill: {shelf: "functions:title"}}\n',
        [
            "32:20: the command has no parameter 'nam' (did you mean 'name'?)",
            "33:28: function 'title' cannot fill a parameter (it must be plain, and take what options give)",
        ],
    ),
    "a parameter that nobody can write": (
        "  size: {entity: Size, commands: {told: {}}}\n",
        [
            "29:35: parameter 'shape' is Callable[[], int], which cannot be written on a command line "
            "('fill' it with a function)"
        ],
    ),
    "two parameters of one name": (
        '  item: {entity: Item, commands: {show: {method: get, function: "functions:sized"}}}\n',
        [
            "29:65: two calls of the command have a parameter 'name' "
            "(leave it out, or give it an option of its own: options: {name: --new-name})"
        ],
    ),
    "an unknown key": (
        "  item: {entity: Item, comands: {get: {}}}\n",
        [
            "29:3: entity 'Item' has no method 'item'",
            "29:24: unknown key 'comands' in a command (did you mean 'commands'?)",
        ],
    ),
}

FUNCTIONS = '''
from __future__ import annotations
from collections.abc import Callable
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from shop_api.entities import Item, Size

def free(text: str) -> str:
    """No method."""
    return text

def title(self: Item) -> str:
    """The title."""
    return self.name

async def fetch() -> None:
    """Blocks not."""

def sized(self: Item, name: str) -> str:
    """Takes a name, too."""
    return name

async def resize(cls: type[Size], shape: Callable[[], int]) -> None:
    """Takes what no text is."""
'''


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str, mistakes: Callable[[str], list[str]], tmp_path: Path) -> None:
    text, expected = MISTAKES[name]
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    assert mistakes(HEAD + text) == [re.sub(r"^(\d+:\d+):", r"shop.yaml:\1: error:", line) for line in expected]


def test_what_is_taken_from_the_methods(read: Callable[[str], Manifest]) -> None:
    manifest = read(
        HEAD.replace("sources: [.]\n", "").replace('      told: {behaviour: "functions:resize"}\n', "")
        + "  item: {entity: Item, columns: [name], commands: {list: {}, again: {}}}\n"
    )
    (group,) = manifest.commands
    assert isinstance(group, CommandGroup)
    listing, again = group.commands
    assert [(item.name, item.flag, item.kind.name) for item in listing.parameters] == [
        ("shelf", "", "text"),
        ("limit", "--limit", "limit"),
        ("timeout", "--timeout", "seconds"),
    ]
    assert listing.columns == ("name",)
    assert [step.takes for step in again.steps] == [
        (("name", "name"), ("size", "size"), ("timeout", "timeout")),
        (("depth", "depth"), ("timeout", "timeout")),
    ]
    assert [(item.name, item.kind.name, item.kind.type_name) for item in again.parameters] == [
        ("name", "text", ""),
        ("size", "message", "shop.v1.Size"),
        ("timeout", "seconds", ""),
        ("depth", "integer", ""),
    ]
