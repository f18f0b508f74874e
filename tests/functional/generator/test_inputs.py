"""The same schema gives the same output whichever way it comes in, and every bad source is one line."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
import trustme
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha import reflection

from remora.channel.server import serve
from remora.contract.v1.services import ServerContext
from remora_codegen.reflection_api.grpc.reflection import v1

Remora = Callable[..., tuple[int, list[str], list[str]]]
Contents = Callable[[Path], dict[str, bytes]]
Protoc = Callable[..., subprocess.CompletedProcess[str]]

SERVICE = "acme.orders.v1.OrderService"
NAMES = ("acme/options.proto", "acme/shared/money.proto", "acme/orders/v1/orders.proto")
OPTIONS = ("--package", "acme_api", "--manifest", "acme.yaml")


@pytest.fixture
def descriptor_file(project: Path, protoc: Protoc) -> Path:
    path = project / "acme.pb"
    done = protoc("-Iprotos", f"--descriptor_set_out={path}", "--include_imports", *NAMES)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def expected(project: Path, remora: Remora, contents: Contents) -> dict[str, bytes]:
    """What the directory of .proto files gives."""
    assert remora("generate", *OPTIONS, "--protos", "protos", "--out", "expected")[0] == 0
    tree = contents(project / "expected")
    # The file that only declares options is no use in Python.
    assert [name for name in tree if name.endswith("_pb.py")] == [
        "acme_api/acme/orders/v1/orders_pb.py",
        "acme_api/acme/shared/money_pb.py",
    ]
    return tree


@contextlib.contextmanager
def grpcio_server(descriptors: Path, tls: grpc.ServerCredentials | None = None) -> Iterator[int]:
    """A server of grpcio with its own reflection service (v1alpha); gives the port."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes()).file:
        pool.Add(file)
    server = grpc.server(futures.ThreadPoolExecutor(2))
    reflection.enable_server_reflection((SERVICE, reflection.SERVICE_NAME), server, pool=pool)
    address = "localhost:0" if tls else "127.0.0.1:0"
    port = server.add_secure_port(address, tls) if tls else server.add_insecure_port(address)
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


class Reflection(v1.ServerReflectionBase):
    """Reflection v1 that gives one file at a time, never an import."""

    def __init__(self, descriptors: Path, hidden: str = "") -> None:
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes()).file
        self.files = {file.name: file.SerializeToString() for file in files if file.name != hidden}

    async def server_reflection_info(
        self, requests: AsyncIterator[v1.ServerReflectionRequest], context: ServerContext
    ) -> AsyncIterator[v1.ServerReflectionResponse]:
        async for request in requests:
            if request.list_services is not None:
                names = [SERVICE, "grpc.reflection.v1.ServerReflection"]
                services = [v1.ServiceResponse(name=name) for name in names]
                yield v1.ServerReflectionResponse(list_services_response=v1.ListServiceResponse(service=services))
                continue
            name = request.file_by_filename or "acme/orders/v1/orders.proto"
            if name in self.files:
                found = v1.FileDescriptorResponse(file_descriptor_proto=[self.files[name]])
                yield v1.ServerReflectionResponse(file_descriptor_response=found)
            else:
                error = v1.ErrorResponse(error_code=5, error_message="not found")
                yield v1.ServerReflectionResponse(error_response=error)


@contextlib.contextmanager
def remora_server(*services: object) -> Iterator[str]:
    """A server of ours on a thread of its own; gives its URL."""
    started: futures.Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = futures.Future()

    async def run() -> None:
        stop = asyncio.Event()
        async with await serve(list(services)) as server:  # type: ignore[arg-type]
            started.set_result((server.url, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    url, loop, stop = started.result(30)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)


def test_a_descriptor_set(
    project: Path, remora: Remora, descriptor_file: Path, expected: dict[str, bytes], contents: Contents
) -> None:
    assert remora("generate", *OPTIONS, "--descriptor-set", "acme.pb", "--out", "out")[0] == 0
    assert contents(project / "out") == expected


def test_a_descriptor_set_in_any_order_with_everything_that_is_the_default_left_out(
    project: Path, remora: Remora, descriptor_file: Path, expected: dict[str, bytes], contents: Contents
) -> None:
    found = descriptor_pb2.FileDescriptorSet.FromString(descriptor_file.read_bytes())
    files = [file for file in reversed(found.file) if not file.name.startswith("google/")]
    for file in files:
        for message in file.message_type:
            for field in message.field:
                if field.name != "old_name":
                    field.ClearField("json_name")
    descriptor_file.write_bytes(descriptor_pb2.FileDescriptorSet(file=files).SerializeToString())
    assert remora("generate", *OPTIONS, "--descriptor-set", "acme.pb", "--out", "out")[0] == 0
    assert contents(project / "out") == expected


def test_several_include_directories(
    project: Path, remora: Remora, expected: dict[str, bytes], contents: Contents
) -> None:
    for name in ("options.proto", "shared/money.proto"):
        target = project / name.partition(".")[0] / "acme" / name
        target.parent.mkdir(parents=True)
        (project / "protos/acme" / name).rename(target)
    includes = ("-I", "options", "-I", "shared/money")
    code, _, err = remora("generate", *OPTIONS, "--protos", "protos", *includes, "--out", "out")
    assert (code, err) == (0, [])
    assert contents(project / "out") == expected


def test_the_plugin_of_protoc(project: Path, expected: dict[str, bytes], contents: Contents, protoc: Protoc) -> None:
    (project / "out").mkdir()
    options = "--remora_opt=package=acme_api,manifest=acme.yaml"
    done = protoc("-Iprotos", "--remora_out=out", options, *NAMES)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(project / "out") == expected


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("", "--remora_opt: error: the name of the package to write is missing (use --remora_opt=package=NAME)"),
        ("package=a,pakage=b", "--remora_opt: error: there is no option 'pakage' (did you mean 'package'?)"),
        ("package=", "--remora_opt: error: option 'package' needs a value"),
        ("package=a,package=b", "--remora_opt: error: option 'package' is given twice"),
        ("package=a,manifest=none.yaml", "none.yaml: error: the manifest does not exist"),
        ("package=1a", "--package: error: '1a' is not the name of a Python package"),
    ],
)
def test_mistakes_of_the_plugin_are_told_by_protoc(
    project: Path, options: str, line: str, contents: Contents, protoc: Protoc
) -> None:
    (project / "out").mkdir()
    done = protoc("-Iprotos", "--remora_out=out", *([f"--remora_opt={options}"] if options else []), *NAMES)
    assert done.returncode == 1
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(project / "out") == {}


def test_an_installed_package(
    project: Path,
    remora: Remora,
    expected: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    contents: Contents,
    protoc: Protoc,
) -> None:
    """By the name of the distribution and by that of the import."""
    site = project / "site"
    (site / "acme_protos-1.0.dist-info").mkdir(parents=True)
    done = protoc("-Iprotos", f"--python_out={site}", *NAMES)
    assert done.returncode == 0, done.stderr
    (site / "acme_protos-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: acme-protos\nVersion: 1.0\n")
    modules = [path.relative_to(site).as_posix() for path in site.rglob("*.py")]
    (site / "acme_protos-1.0.dist-info/RECORD").write_text("".join(f"{name},,\n" for name in modules))
    (site / "acme_protos-1.0.dist-info/top_level.txt").write_text("acme\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    for name in ("acme-protos", "acme"):
        code, _, err = remora("generate", *OPTIONS, "--from-package", name, "--out", "out")
        assert (code, err) == (0, [])
        assert contents(project / "out") == expected
        shutil.rmtree(project / "out")


def test_reflection_of_grpcio(
    project: Path, remora: Remora, descriptor_file: Path, expected: dict[str, bytes], contents: Contents
) -> None:
    with grpcio_server(descriptor_file) as port:
        code, _, err = remora("generate", *OPTIONS, "--from-reflection", f"127.0.0.1:{port}", "--out", "out")
    assert (code, err) == (0, [])
    assert contents(project / "out") == expected


def test_reflection_v1(
    project: Path, remora: Remora, descriptor_file: Path, expected: dict[str, bytes], contents: Contents
) -> None:
    with remora_server(Reflection(descriptor_file)) as url:
        code, _, err = remora("generate", *OPTIONS, "--from-reflection", url.removeprefix("http://"), "--out", "out")
        assert (code, err) == (0, [])
    assert contents(project / "out") == expected


def test_reflection_over_tls(
    project: Path, remora: Remora, descriptor_file: Path, expected: dict[str, bytes], contents: Contents
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path("ca.pem")
    issued = authority.issue_cert("localhost")
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    credentials = grpc.ssl_server_credentials([(issued.private_key_pem.bytes(), chain)])
    with grpcio_server(descriptor_file, credentials) as port:
        address = f"localhost:{port}"
        code, _, err = remora(
            "generate", *OPTIONS, "--from-reflection", address, "--ca-cert", "ca.pem", "--tls", "--out", "out"
        )
        assert (code, err) == (0, [])
        assert contents(project / "out") == expected
        code, out, err = remora("generate", *OPTIONS, "--from-reflection", address, "--tls", "--out", "other")
        assert (code, out, len(err)) == (2, [], 1)
        assert err[0].startswith(f"https://{address}: error: this server cannot be reached: ")
    assert not (project / "other").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_is_not_there(project: Path, remora: Remora) -> None:
    address = f"127.0.0.1:{free_port()}"
    code, out, err = remora("generate", *OPTIONS, "--from-reflection", address)
    assert (code, out, len(err)) == (2, [], 1)
    assert err[0].startswith(f"http://{address}: error: this server cannot be reached: ")


def test_a_server_without_reflection(project: Path, remora: Remora) -> None:
    with remora_server() as url:
        code, out, err = remora("generate", *OPTIONS, "--from-reflection", url)
    hint = "(turn it on in the server, or use --protos or --descriptor-set)"
    assert (code, out, err) == (2, [], [f"{url}: error: this server has no reflection {hint}"])


def test_a_server_that_hides_an_import(project: Path, remora: Remora, descriptor_file: Path) -> None:
    with remora_server(Reflection(descriptor_file, hidden="acme/shared/money.proto")) as url:
        code, out, err = remora("generate", *OPTIONS, "--from-reflection", url)
    problem = "the reflection of this server cannot be used: it does not give 'acme/shared/money.proto': not found"
    assert (code, out, err) == (2, [], [f"{url}: error: {problem}"])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--descriptor-set", "none.pb"], "none.pb: error: the descriptor set does not exist"),
        (["--descriptor-set", "acme.yaml"], "acme.yaml: error: this is not a descriptor set (make one with protoc"),
        (["--descriptor-set", "empty"], "empty: error: this is not a descriptor set"),
        (["--descriptor-set", "protos"], "protos: error: the descriptor set cannot be read: Is a directory"),
        (["--from-package", "nothing-like-it"], "--from-package: error: no package 'nothing-like-it' is installed"),
        (["--from-package", "pytest"], "pytest=="),
        (["--from-reflection", "localhost"], "--from-reflection: error: the endpoint 'localhost' names no port"),
        (["--from-reflection", "ftp://a:1"], "--from-reflection: error: the endpoint 'ftp://a:1' has the unknown"),
        (["--from-reflection", "a:1", "--metadata", "secret"], "--metadata: error: this is not of the form NAME=VALUE"),
        (["--from-reflection", "a:1", "--ca-cert", "no.pem"], "--from-reflection: error: ca_cert_file 'no.pem' cannot"),
        (["--protos", "protos", "-I", "nowhere"], "nowhere: error: the directory of imports does not exist"),
    ],
)
def test_bad_sources_are_one_line(project: Path, remora: Remora, arguments: list[str], line: str) -> None:
    (project / "empty").write_bytes(b"")
    code, out, err = remora("generate", *OPTIONS, *arguments)
    assert (code, out, len(err)) == (2, [], 1)
    assert err[0].startswith(line)
    assert not (project / "generated").exists()


def test_a_descriptor_set_without_imports(project: Path, remora: Remora, protoc: Protoc) -> None:
    assert protoc("-Iprotos", "--descriptor_set_out=acme.pb", "acme/orders/v1/orders.proto").returncode == 0
    code, _, err = remora("generate", *OPTIONS, "--descriptor-set", "acme.pb")
    missing = [f"acme.pb: error: 'acme/{name}', which is imported, is missing" for name in ("options", "shared/money")]
    assert code == 2
    assert [line.split(".proto'")[0] for line in err] == [line.split("', which")[0] for line in missing]


def test_two_sources_in_the_table(project: Path, remora: Remora) -> None:
    text = '[tool.remora]\nprotos = "protos"\nfrom-package = "acme"\npackage = "acme_api"\n'
    (project / "pyproject.toml").write_text(text)
    line = "pyproject.toml:3:1: error: 'from-package' and 'protos' are both sources; name one"
    assert remora("generate") == (2, [], [line])


def test_two_sources_on_the_command_line(project: Path, remora: Remora) -> None:
    code, _, err = remora("generate", "--protos", "protos", "--descriptor-set", "acme.pb")
    assert code == 2
    assert err[-1].endswith("argument --descriptor-set: not allowed with argument --protos")


def test_a_source_in_the_table(
    project: Path, remora: Remora, descriptor_file: Path, expected: dict[str, bytes], contents: Contents
) -> None:
    text = '[tool.remora]\ndescriptor-set = "acme.pb"\nmanifest = "acme.yaml"\npackage = "acme_api"\nout = "out"\n'
    (project / "pyproject.toml").write_text(text)
    assert remora("generate")[0] == 0
    assert contents(project / "out") == expected
    assert remora("generate", "--check") == (0, [], [])
