"""The templates and what comes out of them.

A producer is a function that turns the model into outputs; it asks `Templates` for text and decides nothing about
files. Writing, checking and banners are the business of `remora_codegen.write`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.locations import template_directory
from remora_codegen.model import Location


@dataclass(frozen=True)
class Options:
    """What the user chose for one generation.

    Attributes:
        package: the Python package to generate, for example `remora_api`.
        runtime_package: the package that has the well-known types of `google.protobuf`; they are taken from it
            unless it is the package being generated.
        only: patterns of what was chosen; everything when empty.
        entities: the subpackage of entities.
    """

    package: str = "remora_api"
    runtime_package: str = "remora_api"
    only: tuple[str, ...] = ()
    entities: str = "entities"


@dataclass(frozen=True)
class Output:
    """One generated file.

    Attributes:
        path: where it goes, `/`-separated and relative to the directory that holds the generated package.
        text: the content without the banner; ends with one newline.
        sources: the inputs that it depends on, for the banner: proto files and manifests.
    """

    path: str
    text: str
    sources: tuple[str, ...]


class Templates:
    """The shipped templates, any of which a user's directory may replace, one file at a time."""

    def __init__(self, override: Path | None = None) -> None:
        if override is not None and not override.is_dir():
            raise GeneratorError([Diagnostic(Location(str(override)), "the template directory does not exist")])
        self._override = override
        directories = [override] if override else []
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([*directories, template_directory()]),
            undefined=jinja2.StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def add_filters(self, filters: Mapping[str, Callable[..., object]]) -> None:
        """Give templates more filters; a producer adds its own before it renders."""
        self._environment.filters.update(filters)

    def render(self, name: str, **values: object) -> str:
        """Render one template, for example `messages/module.py.jinja`.

        Raises:
            GeneratorError: the template is broken or asks for something that the model does not have.
        """
        try:
            return self._environment.get_template(name).render(values)
        except jinja2.TemplateError as error:
            raise self._problem(name, error, error.message or str(error)) from None
        except Exception as error:
            if self._override is None:
                raise
            # A template of the user's can fail in any way that Python can.
            raise self._problem(name, error, f"{type(error).__name__}: {error}") from None

    def _problem(self, name: str, error: Exception, message: str) -> GeneratorError:
        """Jinja makes the frames of a traceback point into templates; the innermost of them is the place."""
        file, line = getattr(error, "filename", None), getattr(error, "lineno", None)
        if not line:
            for frame in traceback.extract_tb(error.__traceback__):
                if frame.filename.endswith(".jinja"):
                    file, line = frame.filename, frame.lineno
        place = Location(file or name, line or 0, 1 if line else 0)
        return GeneratorError([Diagnostic(place, f"template error: {' '.join(message.split())}")])
