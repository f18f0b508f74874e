"""Moving files to and from the object store of the control plane. All names are loaded when first used."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from remora.errors import DownloadError as DownloadError
    from remora.errors import UploadError as UploadError
    from remora.errors import UploadIncomplete as UploadIncomplete
    from remora.transfer.functions.download_dir import download_dir as download_dir
    from remora.transfer.functions.download_file import download_file as download_file
    from remora.transfer.functions.upload import upload as upload
    from remora.transfer.functions.upload_dir import upload_dir as upload_dir
    from remora.transfer.functions.upload_file import upload_file as upload_file
    from remora.transfer.reports import TransferProgress as TransferProgress
    from remora.transfer.reports import UploadedFile as UploadedFile
    from remora.transfer.reports import UploadReport as UploadReport

__all__ = [
    "DownloadError",
    "TransferProgress",
    "UploadError",
    "UploadIncomplete",
    "UploadReport",
    "UploadedFile",
    "download_dir",
    "download_file",
    "upload",
    "upload_dir",
    "upload_file",
]

_HOMES = {
    "DownloadError": "remora.errors",
    "TransferProgress": "remora.transfer.reports",
    "UploadError": "remora.errors",
    "UploadIncomplete": "remora.errors",
    "UploadReport": "remora.transfer.reports",
    "UploadedFile": "remora.transfer.reports",
    "download_dir": "remora.transfer.functions.download_dir",
    "download_file": "remora.transfer.functions.download_file",
    "upload": "remora.transfer.functions.upload",
    "upload_dir": "remora.transfer.functions.upload_dir",
    "upload_file": "remora.transfer.functions.upload_file",
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
