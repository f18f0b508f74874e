"""The checked-in .proto files are the wire schema of the pinned package, to the last detail."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from remora_codegen.vendor.command import compile_protos
from remora_codegen.vendor.descriptors import DescriptorFiles, canonical
from remora_codegen.vendor.lock import Lock, digest
from remora_codegen.vendor.wheel import Wheel

PROTOS = Path(__file__).resolve().parents[3] / "protos"
SERVICES = (
    "app.AppLogsService",
    "app.AppService",
    "artifact.ArtifactService",
    "auth.AuthMetadataService",
    "auth.IdentityService",
    "cluster.ClusterService",
    "dataproxy.DataProxyService",
    "project.ProjectService",
    "secret.SecretService",
    "settings.SettingsService",
    "task.TaskService",
    "trigger.TriggerService",
    "workflow.EventsProxyService",
    "workflow.InternalRunService",
    "workflow.RunService",
    "workflow.TranslatorService",
)


@pytest.fixture(scope="module")
def lock() -> Lock:
    return Lock.read(PROTOS)


@pytest.fixture(scope="module")
def published(lock: Lock) -> DescriptorFiles:
    wheel = Wheel.parse(lock.wheel)
    try:
        importlib.metadata.version(wheel.name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{wheel} is not installed")
    assert wheel.is_installed, f"the tests need exactly {wheel}"
    return wheel.descriptors(pytest.fail)


@pytest.fixture(scope="module")
def vendored(lock: Lock, published: DescriptorFiles) -> DescriptorFiles:
    return compile_protos(PROTOS, sorted(lock.files), published)


def test_the_lock_names_what_is_there(lock: Lock) -> None:
    assert lock.wheel == "flyteidl2==2.0.51"
    assert lock.services == tuple(f"flyteidl2.{name}" for name in SERVICES)
    present = {path.relative_to(PROTOS).as_posix(): digest(path.read_bytes()) for path in PROTOS.rglob("*.proto")}
    assert present == lock.files


def test_every_file_equals_the_published_one(lock: Lock, vendored: DescriptorFiles, published: DescriptorFiles) -> None:
    needed = published.closure(published.services()[name] for name in lock.services)
    assert {name for name in needed if not name.startswith("google/protobuf/")} == set(lock.files)
    different = [name for name in lock.files if canonical(vendored.by_name[name]) != canonical(published.by_name[name])]
    assert different == []


def test_the_generator_reads_what_was_published(vendored: DescriptorFiles) -> None:
    """A few facts by hand, so that the comparison above cannot pass on two empty sets."""
    run_service = vendored.by_name["flyteidl2/workflow/run_service.proto"]
    methods = {method.name: method for method in run_service.service[0].method}
    assert methods["ListRuns"].options.idempotency_level == 1
    assert methods["WatchRuns"].server_streaming
    identifier = vendored.by_name["flyteidl2/common/identifier.proto"]
    name = next(message for message in identifier.message_type if message.name == "RunIdentifier").field[3]
    assert "(buf.validate.field)" not in str(name.options), "the option is readable, not an unknown field"
    assert "max_len: 30" in str(name.options)
