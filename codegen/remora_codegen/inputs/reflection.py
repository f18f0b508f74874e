"""The descriptors that a running server tells about itself (gRPC server reflection, v1 and v1alpha)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError

from remora.errors import ConfigError, RemoraError, RpcError, StatusCode
from remora_codegen.config import Connection
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.model import Location

if TYPE_CHECKING:
    from remora.channel.channel import Channel
    from remora.channel.endpoint import Endpoint
    from remora.contract.v1.services import Method
    from remora_codegen.reflection_api.grpc.reflection import v1

_OPTION = "--from-reflection"
_VERSIONS = ("v1", "v1alpha")
_OWN = "grpc."
"""Services of gRPC itself, such as reflection and health, are not what a server is about."""
_CONNECT_SECONDS, _ANSWER_SECONDS = 10.0, 30.0
_CLOSE_TURNS = 5


def server_files(address: str, connection: Connection) -> dict[str, FileDescriptorProto]:
    """The files of all services of a server and all they import, by name.

    Args:
        address: `HOST:PORT`, or any spelling that `remora.init` takes. Without a scheme it is plaintext on this machine
            and TLS elsewhere, unless `connection` says otherwise.
        connection: how to connect.

    Raises:
        GeneratorError: the server cannot be reached, has no reflection, or answers with something else.
    """
    from remora.channel.endpoint import parse_endpoint

    try:
        spelling = parse_endpoint(address)
        if not spelling.path and spelling.port is None:
            raise ConfigError(f"the endpoint {address!r} names no port")
        plaintext = connection.plaintext
        if plaintext is None:
            plaintext = spelling.endpoint().is_loopback and connection.ca_cert is None
        endpoint = spelling.endpoint(insecure=plaintext)
        try:
            return asyncio.run(_Reader(endpoint, connection).files())
        except RpcError as error:
            raise GeneratorError([_problem(endpoint, error)]) from None
    except RemoraError as error:
        raise GeneratorError([Diagnostic(Location(_OPTION), error.message, error.hint or "")]) from None


def _problem(endpoint: Endpoint, error: RpcError) -> Diagnostic:
    place = Location(endpoint.url)
    if error.code is StatusCode.UNIMPLEMENTED:
        hint = "turn it on in the server, or use --protos or --descriptor-set"
        return Diagnostic(place, "this server has no reflection", hint)
    if error.code is StatusCode.UNAVAILABLE:
        scheme = "--tls if it speaks TLS" if not endpoint.tls else "--plaintext if it speaks no TLS"
        hint = f"is it running? use {scheme}"
        return Diagnostic(place, f"this server cannot be reached: {error.message}", error.hint or hint)
    return Diagnostic(place, f"reflection failed with {error.code.name}: {error.message}", error.hint or "")


class _Reader:
    """Asks one server; every round of questions is one call."""

    def __init__(self, endpoint: Endpoint, connection: Connection) -> None:
        self._endpoint = endpoint
        self._connection = connection
        self._version = ""

    async def files(self) -> dict[str, FileDescriptorProto]:
        from remora.channel.channel import Channel
        from remora.channel.options import ChannelOptions, RetryPolicy
        from remora.channel.security import TransportSecurity

        ca_cert = self._connection.ca_cert
        security = TransportSecurity(ca_cert_file=str(ca_cert) if ca_cert else "")
        channel = Channel(
            self._endpoint,
            options=ChannelOptions(connect_timeout=_CONNECT_SECONDS, retry=RetryPolicy(attempts=1)),
            tls=security.h2_context() if self._endpoint.tls else None,
            headers=dict(self._connection.metadata),
        )
        try:
            return await self._all_files(channel)
        finally:
            await _close(channel)

    async def _all_files(self, channel: Channel) -> dict[str, FileDescriptorProto]:
        from remora_codegen.reflection_api.grpc.reflection import v1

        services = await self._services(channel)
        files: dict[str, FileDescriptorProto] = {}
        questions = [v1.ServerReflectionRequest(file_containing_symbol=name) for name in services]
        while questions:
            before = len(files)
            for question, answer in zip(questions, await self._ask(channel, questions), strict=True):
                self._keep(files, question, answer)
            missing = sorted({name for file in files.values() for name in file.dependency} - files.keys())
            if missing and len(files) == before:
                raise self._unusable(f"it does not give '{missing[0]}', which another file imports")
            questions = [v1.ServerReflectionRequest(file_by_filename=name) for name in missing]
        return files

    async def _services(self, channel: Channel) -> list[str]:
        from remora_codegen.reflection_api.grpc.reflection import v1

        question = v1.ServerReflectionRequest(list_services="*")
        self._version, older = _VERSIONS
        try:
            (answer,) = await self._ask(channel, [question])
        except RpcError as error:
            if error.code is not StatusCode.UNIMPLEMENTED:
                raise
            self._version = older
            (answer,) = await self._ask(channel, [question])
        listed = answer.list_services_response
        names = [item.name for item in listed.service] if listed else []
        found = sorted(name for name in names if not name.startswith(_OWN))
        if not found:
            raise self._unusable("it names no service" + (f" but {', '.join(sorted(names))}" if names else ""))
        return found

    async def _ask(
        self, channel: Channel, questions: list[v1.ServerReflectionRequest]
    ) -> list[v1.ServerReflectionResponse]:
        stream = channel.stream_stream(_method(self._version), _each(questions), timeout=_ANSWER_SECONDS)
        async with stream as responses:
            answers = [answer async for answer in responses]
        if len(answers) != len(questions):
            raise self._unusable(f"it gave {len(answers)} answers to {len(questions)} questions")
        return answers

    def _keep(
        self,
        files: dict[str, FileDescriptorProto],
        question: v1.ServerReflectionRequest,
        answer: v1.ServerReflectionResponse,
    ) -> None:
        asked = question.file_containing_symbol or question.file_by_filename
        given = answer.file_descriptor_response
        if given is None:
            error = answer.error_response
            raise self._unusable(f"it does not give '{asked}'" + (f": {error.error_message}" if error else ""))
        for content in given.file_descriptor_proto:
            try:
                file = FileDescriptorProto.FromString(content)
            except DecodeError:
                raise self._unusable(f"what it gives for '{asked}' is not a file descriptor") from None
            files.setdefault(file.name, file)

    def _unusable(self, reason: str) -> GeneratorError:
        place = Location(self._endpoint.url)
        return GeneratorError([Diagnostic(place, f"the reflection of this server cannot be used: {reason}")])


async def _close(channel: Channel) -> None:
    """Close the channel and see its sockets closed before the event loop ends.

    Everything has been answered, so nobody has to wait for the farewells of TLS; without them it takes a few turns.
    """
    transports = [item.connection._transport for item in channel._protocols]
    channel.close()
    for transport in transports:
        transport.abort()
    for _ in range(_CLOSE_TURNS):
        await asyncio.sleep(0)


def _method(version: str) -> Method[v1.ServerReflectionRequest, v1.ServerReflectionResponse]:
    """Both versions have the same messages; only the path differs."""
    from remora.contract.v1.services import Method, Shape
    from remora_codegen.reflection_api.grpc.reflection import v1

    path = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
    return Method(path, v1.ServerReflectionRequest, v1.ServerReflectionResponse, Shape.STREAM_STREAM)


async def _each(questions: Iterable[v1.ServerReflectionRequest]) -> AsyncIterator[v1.ServerReflectionRequest]:
    for question in questions:
        yield question
