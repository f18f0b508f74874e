"""TranslatorService: values as JSON, for clients without a type system of their own."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.literals.from_json import from_json
from remora.dev.literals.from_schema import from_schema
from remora.dev.literals.json_schema import json_schema
from remora.dev.literals.make import ConversionError
from remora.dev.literals.to_json import to_json
from remora.dev.objects.keys import InvalidKey, join_key, key_of
from remora.dev.plane import Plane
from remora.dev.services.inputs import FILE
from remora.errors import DecodeError, InvalidArgument, NotFound
from remora_api.flyteidl2.core import Literal, LiteralType, VariableMap
from remora_api.flyteidl2.task import Inputs, NamedLiteral
from remora_api.flyteidl2.workflow import (
    JsonValuesToLiteralsRequest,
    JsonValuesToLiteralsResponse,
    LaunchFormJsonToLiteralsRequest,
    LaunchFormJsonToLiteralsResponse,
    LiteralsToLaunchFormJsonRequest,
    LiteralsToLaunchFormJsonResponse,
    TaskSpecToLaunchFormJsonRequest,
    TaskSpecToLaunchFormJsonResponse,
    TranslatorServiceBase,
)
from remora_api.google.protobuf import Struct


class TranslatorService(TranslatorServiceBase):
    """Converts values."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def json_values_to_literals(
        self, request: JsonValuesToLiteralsRequest, context: ServerContext
    ) -> JsonValuesToLiteralsResponse:
        """Literals of the declared types from plain JSON values.

        Raises:
            InvalidArgument: A value is not declared or does not fit its type.
        """
        declared = _types(request.variables)
        values = request.values.to_python() if request.values is not None else {}
        literals = []
        for name, value in values.items():
            if name not in declared:
                raise InvalidArgument(f"values.{name}: there is no such variable")
            try:
                literals.append(NamedLiteral(name=name, value=from_json(value, declared[name])))
            except ConversionError as error:
                raise InvalidArgument(f"values.{name}: {error}") from error
        return JsonValuesToLiteralsResponse(literals=literals)

    async def literals_to_launch_form_json(
        self, request: LiteralsToLaunchFormJsonRequest, context: ServerContext
    ) -> LiteralsToLaunchFormJsonResponse:
        """A JSON schema of the variables with the literals as defaults.

        Raises:
            InvalidArgument: A literal has no JSON form.
            NotFound: There is nothing at the given URI.
        """
        literals = request.literals
        if request.literals_uri:
            literals = await self._plane.work(self._read, request.literals_uri)
        return LiteralsToLaunchFormJsonResponse(json=_form(request.variables, literals))

    async def launch_form_json_to_literals(
        self, request: LaunchFormJsonToLiteralsRequest, context: ServerContext
    ) -> LaunchFormJsonToLiteralsResponse:
        """Literals of the defaults in a JSON schema of variables; variables without a default have none.

        Raises:
            InvalidArgument: It is no schema of variables, or a default does not fit its type.
        """
        form = request.json.to_python() if request.json is not None else {}
        properties = form.get("properties", {})
        if not isinstance(properties, dict):
            raise InvalidArgument("json.properties is not an object")
        literals = []
        for name, schema in properties.items():
            if isinstance(schema, dict) and "default" not in schema:
                continue
            try:
                literals.append(NamedLiteral(name=name, value=_default(schema)))
            except ConversionError as error:
                raise InvalidArgument(f"json.properties.{name}: {error}") from error
        return LaunchFormJsonToLiteralsResponse(literals=literals)

    async def task_spec_to_launch_form_json(
        self, request: TaskSpecToLaunchFormJsonRequest, context: ServerContext
    ) -> TaskSpecToLaunchFormJsonResponse:
        """A JSON schema of a task's inputs with their defaults.

        Raises:
            InvalidArgument: There is no task, or a default has no JSON form.
        """
        spec = request.task_spec
        if spec is None or spec.task_template is None:
            raise InvalidArgument("task_spec.task_template is required")
        interface = spec.task_template.interface
        defaults = [
            NamedLiteral(name=item.name, value=item.parameter.default)
            for item in spec.default_inputs
            if item.parameter is not None and item.parameter.default is not None
        ]
        return TaskSpecToLaunchFormJsonResponse(
            json=_form(interface.inputs if interface is not None else None, defaults)
        )

    def _read(self, uri: str) -> list[NamedLiteral]:
        try:
            key = key_of(uri)
            data = self._plane.files.read(key) or self._plane.files.read(join_key(key, FILE))
            if data is None:
                raise NotFound(f"there are no literals at {uri}")
            return Inputs.parse(data).literals
        except InvalidKey as error:
            raise InvalidArgument(f"literals_uri: {error}") from error
        except DecodeError as error:
            raise InvalidArgument(f"literals_uri: what is at {uri} are no literals") from error


def _default(schema: object) -> Literal:
    declared = from_schema(schema)
    assert isinstance(schema, dict)
    return from_json(schema["default"], declared)


def _types(variables: VariableMap | None) -> dict[str, LiteralType]:
    entries = variables.variables if variables is not None else []
    return {
        entry.key: entry.value.type for entry in entries if entry.value is not None and entry.value.type is not None
    }


def _form(variables: VariableMap | None, literals: list[NamedLiteral]) -> Struct:
    given = {item.name: item.value for item in literals if item.value is not None}
    properties: dict[str, object] = {}
    required = []
    for entry in variables.variables if variables is not None else []:
        declared = entry.value.type if entry.value is not None and entry.value.type is not None else LiteralType()
        schema = json_schema(declared)
        if entry.value is not None and entry.value.description:
            schema["description"] = entry.value.description
        if entry.key in given:
            try:
                schema["default"] = to_json(given[entry.key])
            except ConversionError as error:
                raise InvalidArgument(f"literals: {entry.key}: {error}") from error
        else:
            required.append(entry.key)
        properties[entry.key] = schema
    return Struct.from_python({"type": "object", "properties": properties, "required": required})
