"""Checks of methods that wait for a state."""

from __future__ import annotations

from remora_codegen import pytypes
from remora_codegen.diagnostics import did_you_mean
from remora_codegen.manifest.call_format import WaitNode
from remora_codegen.manifest.failures import constants
from remora_codegen.manifest.format import MethodNode
from remora_codegen.manifest.model import Wait
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.values import describe
from remora_codegen.model import Method

_INTERVAL = 1.0


def resolve_wait(scope: Scope, rpc: Method, node: MethodNode, wait: WaitNode) -> Wait | None:
    """The checked wait, or None after reporting what is wrong."""
    useless = [key for key in ("pages", "resume", "requests", "mask") if getattr(node, key)]
    if useless or rpc.client_streaming:
        listed = ", ".join(repr(key) for key in useless) or "stream of requests"
        scope.report(wait.at, f"a method with 'wait' takes no {listed}")
        return None
    state = scope.path(rpc.response, wait.state)
    reason = scope.path(rpc.response, wait.reason) if wait.reason else None
    if state is None or (wait.reason is not None and reason is None):
        return None
    leaf = state.leaf
    if leaf.is_repeated or leaf.is_map or leaf.is_message:
        scope.report(wait.state.at, f"a state is a scalar or an enum, but field '{state}' is {describe(leaf)}")
        return None
    if reason is not None and wait.reason is not None and (reason.leaf.kind.python != "str" or reason.leaf.type_name):
        scope.report(wait.reason.at, f"a reason is a string, but field '{reason}' is {describe(reason.leaf)}")
        return None
    reached = scope.converter(wait.reached) if wait.reached else None
    if wait.reached is not None and reached is None:
        return None
    if reached is not None and wait.reached is not None and reached.returns != pytypes.builtin("bool"):
        scope.report(wait.reached.at, f"function '{reached.name}' returns {reached.returns}, but bool is wanted")
    if not wait.until and reached is None:
        scope.report(wait.at, "'wait' needs 'until' or 'reached', which say when it ends")
    if wait.error is not None and wait.error.value not in scope.errors:
        hint = did_you_mean(wait.error.value, scope.errors) or "declare it at the top, under 'errors'"
        scope.report(wait.error.at, f"there is no error '{wait.error}'", hint)
    if rpc.server_streaming and wait.poll_interval is not None:
        scope.report(wait.at, "'poll_interval' is for an RPC with one answer; this one answers with a stream")
    interval = _INTERVAL if wait.poll_interval is None else wait.poll_interval
    return Wait(
        state,
        constants(scope, state, wait.until),
        reached,
        constants(scope, state, wait.failed),
        reason,
        wait.error.value if wait.error else "",
        wait.timeout,
        None if rpc.server_streaming else interval,
    )
