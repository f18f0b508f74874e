from __future__ import annotations

import asyncio
import contextlib
import os
import threading

import pytest

from remora.dual import portal as portals
from remora.dual import run_sync, stream_sync
from remora.dual.portal import Portal, Submitted, portal
from remora.errors import Cancelled

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")


def test_stop_cancels_what_runs_and_a_later_call_starts_again() -> None:
    started = threading.Event()
    cleaned: list[str] = []
    failures: list[BaseException] = []

    async def forever() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("yes")

    def caller() -> None:
        try:
            run_sync(forever(), "forever")
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=caller)
    thread.start()
    assert started.wait(10)
    portal.stop()
    thread.join(10)
    assert cleaned == ["yes"]
    assert isinstance(failures[0], Cancelled)

    async def one() -> int:
        return 1

    assert run_sync(one(), "one") == 1


def test_stop_ends_streams_with_an_error_and_not_silently() -> None:
    async def items():  # type: ignore[no-untyped-def]
        yield 1
        await asyncio.Event().wait()

    stream = stream_sync(items(), "items")
    assert next(stream) == 1
    portal.stop()
    with pytest.raises(Cancelled):
        next(stream)


def test_a_task_that_exits_the_thread_does_not_break_later_calls() -> None:
    async def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        run_sync(leave(), "leave")

    async def one() -> int:
        return 1

    assert run_sync(one(), "one") == 1


@pytest.mark.parametrize("when", ["before the loop closes", "after it has closed"])
def test_a_call_that_comes_while_the_thread_ends_gets_an_end(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    async def call() -> int:
        return 1

    one = Portal()
    assert one.run(call()) == 1
    loop = one.loop()
    close, calls = loop.close, []

    def close_late() -> None:
        if when == "after it has closed":
            close()
        calls.append(Submitted(loop, call()))
        calls[0].start()
        close()

    monkeypatch.setattr(loop, "close", close_late)
    one.stop()
    with pytest.raises(Cancelled, match="was cancelled before it finished"):
        calls[0].result(timeout=20)
    assert one.run(call()) == 1
    one.stop()


def test_a_call_that_ignores_its_cancellation_does_not_hold_its_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portals, "EXIT_SECONDS", 0.05)
    begun = threading.Event()

    async def stubborn() -> None:
        begun.set()
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    one = Portal()
    call = one.submit(stubborn())
    assert begun.wait(20)
    one.stop()
    with pytest.raises(Cancelled):
        call.result(timeout=20)


def test_no_thread_and_no_asyncio_before_the_first_call(run_script) -> None:  # type: ignore[no-untyped-def]
    done = run_script(
        """
        import sys, threading
        import remora.dual
        assert "asyncio" not in sys.modules
        assert threading.active_count() == 1
        async def one(): return 1
        assert remora.dual.run_sync(one(), "one") == 1
        print(threading.active_count())
        """
    )
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_ctrl_c_cancels_waits_for_the_clean_up_and_is_raised(run_script) -> None:  # type: ignore[no-untyped-def]
    done = run_script(
        """
        import asyncio, os, signal, threading
        from remora.dual import run_sync
        log = []
        async def slow():
            os.kill(os.getpid(), signal.SIGINT)
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(0.05)
                log.append("cleaned")
                raise
        try:
            run_sync(slow(), "slow")
        except KeyboardInterrupt:
            log.append("interrupted")
        async def one(): return 1
        print(log, run_sync(one(), "one"))
        """
    )
    assert (done.stdout, done.stderr) == ("['cleaned', 'interrupted'] 1\n", "")


def test_ctrl_c_in_a_stream_closes_it(run_script) -> None:  # type: ignore[no-untyped-def]
    done = run_script(
        """
        import asyncio, os, signal, sys, threading, time
        from remora.dual import stream_sync
        log, consumed = [], threading.Event()
        def until_the_reader_waits():
            consumed.wait()
            # Not in the body of the loop any more, where the interrupt would be none of the stream's business.
            while sys._current_frames()[threading.main_thread().ident].f_code.co_name != "wait":
                time.sleep(0.001)
        async def items():
            try:
                yield 1
                await asyncio.get_running_loop().run_in_executor(None, until_the_reader_waits)
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0.05)
                log.append("cleaned")
        stream = stream_sync(items(), "items")
        try:
            for item in stream:
                log.append(item)
                consumed.set()
        except KeyboardInterrupt:
            log.append("interrupted")
        print(log, list(stream))
        """
    )
    assert (done.stdout, done.stderr) == ("[1, 'cleaned', 'interrupted'] []\n", "")


def test_exit_with_pending_work_cleans_up_without_noise(run_script) -> None:  # type: ignore[no-untyped-def]
    done = run_script(
        """
        import asyncio, os, threading
        from remora.dual import run_sync, stream_sync
        def say(text):
            os.write(1, (text + "\\n").encode())  # one write, because several threads talk
        async def forever(name):
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                say(name)
        async def spawn():
            spawn.task = asyncio.ensure_future(forever("task cleaned"))
            await asyncio.sleep(0)
        run_sync(spawn(), "spawn")
        async def items():
            try:
                yield 1
                yield 2
                await asyncio.Event().wait()
            finally:
                say("stream cleaned")
        stream = stream_sync(items(), "items")
        assert next(stream) == 1
        async def suspended():
            try:
                yield 1
            finally:
                say("generator cleaned")
        kept = suspended()
        async def first(): return await kept.__anext__()
        assert run_sync(first(), "first") == 1
        ready = threading.Event()
        async def blocked():
            ready.set()
            await forever("call cleaned")
        def call():
            try: run_sync(blocked(), "blocked")
            except Exception as error: say(type(error).__name__)
        threading.Thread(target=call, daemon=True).start()
        ready.wait()
        """
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert {"task cleaned", "stream cleaned", "generator cleaned", "call cleaned"} <= set(done.stdout.splitlines())


def test_exit_does_not_wait_for_ever_for_a_task_that_ignores_its_cancellation(run_script) -> None:  # type: ignore[no-untyped-def]
    done = run_script(
        """
        import asyncio
        import remora.dual.portal as p
        p.EXIT_SECONDS = 0.1
        async def stubborn():
            while True:
                try: await asyncio.sleep(60)
                except asyncio.CancelledError: pass
        async def spawn():
            spawn.task = asyncio.ensure_future(stubborn())
            await asyncio.sleep(0)
        p.portal.run(spawn())
        """,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_call_while_the_interpreter_exits_works_or_says_why(run_script) -> None:  # type: ignore[no-untyped-def]
    done = run_script(
        """
        import atexit
        def late():
            async def one(): return 1
            try: print(run_sync(one(), "one"))
            except RemoraError as error: print("told:", error.message)
        atexit.register(late)
        from remora.dual import run_sync
        from remora.errors import RemoraError
        async def one(): return 1
        run_sync(one(), "one")
        """
    )
    assert done.stderr == ""
    assert done.stdout == "1\n" or done.stdout.startswith("told: the interpreter is shutting down")


def test_where_a_wait_cannot_be_interrupted_it_is_cut_in_slices(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("remora.dual.portal.SLICE", 0.001)

    async def slow() -> int:
        await asyncio.sleep(0.02)
        return 7

    async def items():  # type: ignore[no-untyped-def]
        for i in range(3):
            await asyncio.sleep(0.005)
            yield i

    assert run_sync(slow(), "slow") == 7
    assert list(stream_sync(items(), "items")) == [0, 1, 2]


@needs_fork
def test_a_forked_child_gets_a_portal_of_its_own(run_script) -> None:  # type: ignore[no-untyped-def]
    done = run_script(
        """
        import os, signal, threading
        from remora.dual import run_sync
        async def where(): return threading.get_ident()
        before = run_sync(where(), "where")
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            async def one(): return 1
            ok = run_sync(one(), "one") == 1 and threading.active_count() == 2
            os._exit(0 if ok else 1)
        status = os.waitpid(child, 0)[1]
        print(status, run_sync(where(), "where") == before)
        """
    )
    assert (done.stdout, done.stderr) == ("0 True\n", "")


@needs_fork
def test_a_fork_while_another_thread_is_in_a_call(run_script) -> None:  # type: ignore[no-untyped-def]
    done = run_script(
        """
        import asyncio, os, signal, threading
        from remora.dual import run_sync
        go, ready = threading.Event(), threading.Event()
        async def busy():
            ready.set()
            await asyncio.get_running_loop().run_in_executor(None, go.wait)
        thread = threading.Thread(target=lambda: run_sync(busy(), "busy"))
        thread.start()
        ready.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            async def one(): return 1
            os._exit(0 if run_sync(one(), "one") == 1 else 1)
        status = os.waitpid(child, 0)[1]
        go.set()
        thread.join()
        print(status)
        """
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_real_notebook_runs_a_blocking_call_without_a_warning(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(
            "import warnings; warnings.simplefilter('error')\n"
            "from remora.dual import run_sync, stream_sync\n"
            "async def one(): return 41\n"
            "async def items():\n"
            "    for i in range(3): yield i\n"
        ),
        nbformat.v4.new_code_cell("print(run_sync(one(), 'one') + 1, list(stream_sync(items(), 'items')))"),
        nbformat.v4.new_code_cell("print(await one())"),
    ]
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Jupyter's own
        nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    texts = ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]
    assert texts == ["", "42 [0, 1, 2]\n", "41\n"]
