"""The version of the generator, which is the version of the distribution that it comes with."""

from __future__ import annotations

from remora._version import __version__ as VERSION  # noqa: N812

__all__ = ["VERSION"]
