"""Bring .proto files in from an installed package that carries descriptors, and remember where they came from."""
