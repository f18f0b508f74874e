"""Reading a config file into dotted keys, keeping the line of each for error messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from remora.errors import ConfigError

if TYPE_CHECKING:
    import yaml


class Entry(NamedTuple):
    """A value of a config file.

    Attributes:
        value: What the file says.
        line: Line of its key, from 1.
    """

    value: object
    line: int


def read_entries(path: str, text: str) -> dict[str, Entry]:
    """Read YAML text into `{"admin.endpoint": Entry("dns:///host", 3), ...}`.

    Args:
        path: Where the text came from, for errors.
        text: The text.

    Raises:
        ConfigError: The text is not YAML or not a mapping, naming the line; or PyYAML is not installed.
    """
    try:
        import yaml
    except ImportError as error:
        raise ConfigError(
            f"the config file {path} cannot be read, because PyYAML is not installed",
            hint="pip install 'remora[yaml]', or pass config_file=False and give settings as arguments or variables",
        ) from error
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        entries: dict[str, Entry] = {}
        if node is not None and not _is_null(node):
            _walk(loader, node, "", entries, path)
    except yaml.YAMLError as error:
        raise _syntax_error(path, error) from error
    finally:
        loader.dispose()
    return entries


def _is_null(node: yaml.Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


def _walk(loader: yaml.SafeLoader, node: yaml.Node, prefix: str, entries: dict[str, Entry], path: str) -> None:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        if prefix:
            return
        line = node.start_mark.line + 1
        raise ConfigError(f"{path}:{line}: a config file must be a mapping with sections such as admin: and task:")
    for key_node, value_node in node.value:
        key = f"{prefix}{key_node.value}" if isinstance(key_node, yaml.ScalarNode) else ""
        if not key:
            continue
        if isinstance(value_node, yaml.MappingNode):
            _walk(loader, value_node, f"{key}.", entries, path)
        else:
            value = loader.construct_object(value_node, deep=True)
            entries[key] = Entry(value, key_node.start_mark.line + 1)


def _syntax_error(path: str, error: yaml.YAMLError) -> ConfigError:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark is not None else str(path)
    problem = getattr(error, "problem", None) or "not valid YAML"
    return ConfigError(f"{where}: {problem}", hint="correct the file, or name another one with config_file=")
