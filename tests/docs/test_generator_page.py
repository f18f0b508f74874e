"""docs/generator.md, executed from top to bottom."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha import reflection

from remora.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/generator.md").read_text()
_BLOCK = re.compile(r"^<!-- (?P<mark>[^>]+) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(match["mark"], match["text"]) for match in _BLOCK.finditer(PAGE)]
ADDRESS = "localhost:50051"


def block(mark: str) -> str:
    (found,) = (text for name, text in BLOCKS if name == mark)
    return found


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Scripts of this environment first, and a git without settings."""
    if shutil.which("git") is None or shutil.which("bash") is None:
        pytest.skip("git or bash is not installed")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**plain, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def serving(descriptors: Path) -> Iterator[str]:
    """The address of a server that has the services of a descriptor set and reflection."""
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes()).file
    for file in files:
        pool.Add(file)
    names = [f"{file.package}.{service.name}" for file in files for service in file.service]
    server = grpc.server(futures.ThreadPoolExecutor(2))
    reflection.enable_server_reflection((*names, reflection.SERVICE_NAME), server, pool=pool)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_every_example_works_as_written(tmp_path: Path, environment: dict[str, str]) -> None:
    last = subprocess.CompletedProcess[str]([], 0, "", "")
    ran = 0
    for mark, text in BLOCKS:
        kind, _, detail = mark.partition(": ")
        if kind == "file":
            path = tmp_path / detail
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif kind == "run":
            server = serving(tmp_path / "shop.pb") if detail == "server" else None
            command = text.replace(ADDRESS, next(server)) if server else text
            bash = ["bash", "-eo", "pipefail", "-c", command]
            last = subprocess.run(bash, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            expected = int(detail) if detail.isdecimal() else 0
            assert last.returncode == expected, (text, last.stdout, last.stderr)
            if server:
                assert next(server, None) is None
            ran += 1
        elif kind == "output":
            assert last.stdout == text
        elif kind == "errors":
            assert last.stderr == text
    assert ran > 10


def test_the_examples_for_other_tools_name_what_there_is() -> None:
    (plugin,) = yaml.safe_load(block("buf"))["plugins"]
    assert plugin["local"] == "protoc-gen-remora"
    assert plugin["strategy"] == "all"
    assert f"--remora_opt={','.join(plugin['opt'])}" in PAGE
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    (repository,) = yaml.safe_load(block("hooks"))["repos"]
    assert {hook["id"] for hook in repository["hooks"]} == hooks
    ours = yaml.safe_load((ROOT / ".github/workflows/generated-code.yml").read_text())["jobs"]["check"]["steps"]
    theirs = yaml.safe_load(block("workflow"))["jobs"]["check"]["steps"]
    assert theirs[0] == ours[0]
    assert theirs[3]["run"].replace("GITHUB_BASE_REF", "BASE") == ours[3]["run"]


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.name not in ("config", "dev")])
def test_every_command_is_on_the_page(name: str) -> None:
    assert f"`remora {name}`" in PAGE


def test_every_setting_is_on_the_page() -> None:
    from remora_codegen import config

    for name in config._KNOWN:
        assert f"| `{name}` |" in PAGE
