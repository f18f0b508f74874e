"""Generated from .proto files."""
