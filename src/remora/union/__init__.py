"""The surface of union.remote: runs and tasks under the names that its users know.

It is a second manifest (`codegen/manifests/union.yaml`) over the same messages, services and client as `remora` itself,
so objects of both work on the same runs.

    import remora
    from remora.union import Run

    remora.init("https://union.example.com", project="flytesnacks", domain="development")
    run = Run.get(name="nightly-2025-01-31").wait(timeout=600)
    print(run.outputs if run.error is None else run.error)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from remora.flyte.lazy import LazyEntity as LazyEntity
    from remora.transfer.functions.upload_file import upload_file as upload_file
    from remora.union.uploads import upload_dir as upload_dir
    from remora_api.union import Run as Run
    from remora_api.union import Task as Task

__all__ = ["LazyEntity", "Run", "Task", "upload_dir", "upload_file"]

_HOMES = {
    "LazyEntity": "remora_api.union",
    "Run": "remora_api.union",
    "Task": "remora_api.union",
    "upload_dir": "remora.union.uploads",
    "upload_file": "remora",
}

if not TYPE_CHECKING:

    def __getattr__(name):
        from importlib import import_module

        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(home), name)
        return value

    def __dir__():
        return sorted({*globals(), *_HOMES})
