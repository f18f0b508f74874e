"""The one error tree of Remora.

Everything that Remora raises on purpose is a `RemoraError`. Remote calls raise `RpcError`, with one subclass per gRPC
status, so that `except remora.errors.NotFound` works whatever transport carried the call.
"""

from __future__ import annotations

from .base import RemoraError
from .local import (
    AuthError,
    ClientClosed,
    ConfigError,
    ConfigWarning,
    DecodeError,
    EncodeError,
    JsonError,
    OutputsNotReady,
    PagingError,
    RunError,
    RunFailed,
    RunNotDone,
    SyncInAsyncWarning,
    UploadError,
    ValidationError,
    ValuesError,
    WaitTimeout,
    WouldDeadlock,
)
from .redact import redact
from .rpc import (
    Aborted,
    AlreadyExists,
    Cancelled,
    DataLoss,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ResourceExhausted,
    RpcError,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    Unknown,
    rpc_error,
)
from .status import StatusCode

__all__ = [
    "Aborted",
    "AlreadyExists",
    "AuthError",
    "Cancelled",
    "ClientClosed",
    "ConfigError",
    "ConfigWarning",
    "DataLoss",
    "DeadlineExceeded",
    "DecodeError",
    "EncodeError",
    "FailedPrecondition",
    "Internal",
    "InvalidArgument",
    "JsonError",
    "NotFound",
    "OutOfRange",
    "OutputsNotReady",
    "PagingError",
    "PermissionDenied",
    "RemoraError",
    "ResourceExhausted",
    "RpcError",
    "RunError",
    "RunFailed",
    "RunNotDone",
    "StatusCode",
    "SyncInAsyncWarning",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "Unknown",
    "UploadError",
    "ValidationError",
    "ValuesError",
    "WaitTimeout",
    "WouldDeadlock",
    "redact",
    "rpc_error",
]
