"""The generator: .proto files and a manifest in, a typed Python SDK out."""
