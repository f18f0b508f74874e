"""Mistakes that a checker finds before the program runs."""

from __future__ import annotations

import remora
from remora import ActionPhase, File, Run, Task, TimeFilter

run = Run.get("nightly")

# error-mypy: arg-type
# error-pyright: reportArgumentType
Run.get(5)
# error-mypy: call-arg
# error-pyright: reportCallIssue
Run.get()
# error-mypy: call-arg
# error-pyright: reportCallIssue
Run.get("nightly", projct="p")
# error-mypy: arg-type
# error-pyright: reportArgumentType
run.wait(timeout="soon")
# error-mypy: arg-type
# error-pyright: reportArgumentType
run.wait(wait_for="done")
# error-mypy: arg-type
# error-pyright: reportArgumentType
run.wait(60)
# error-mypy: attr-defined
# error-pyright: reportAttributeAccessIssue
print(run.wait().exit_code)
# error-mypy: attr-defined
# error-pyright: reportAttributeAccessIssue
print(run.phases)
# error-mypy: misc
# error-pyright: reportAttributeAccessIssue
run.name = "other"
# error-mypy: arg-type
# error-pyright: reportArgumentType
Run.listall(limit="10")
# error-mypy: arg-type
# error-pyright: reportArgumentType
Run.listall(sort_by=("created_at", "up"))
# error-mypy: arg-type
# error-pyright: reportArgumentType
TimeFilter(after="yesterday")
# error-mypy: arg-type
# error-pyright: reportArgumentType
Task.get("stats.count", auto_version="newest")
# error-mypy: call-arg
# error-pyright: reportCallIssue
Task.deploy("stats.count", command=["true"])
# error-mypy: dict-item
# error-pyright: reportArgumentType
Task.get("stats.count", version="v1").with_options(labels={"team": 5})
# error-mypy: arg-type
# error-pyright: reportArgumentType
Run.create("stats.count", on_existing="ignore")
# error-mypy: attr-defined
# error-pyright: reportAttributeAccessIssue
print(ActionPhase.DONE)
# error-mypy: call-arg
# error-pyright: reportCallIssue
File()
# error-mypy: arg-type
# error-pyright: reportArgumentType
remora.upload_file(5)
# error-mypy: arg-type
# error-pyright: reportArgumentType
remora.upload_dir("corpus", ignore=3)
# error-mypy: assignment
# error-pyright: reportAssignmentType
digest: bytes = remora.upload_file("documents.zip")
# error-mypy: attr-defined
# error-pyright: reportAttributeAccessIssue
for page in Run.listall().page():
    print(page)
