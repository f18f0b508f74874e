"""Messages: their base class, the wire format, canonical JSON and the well-known types.

Generated modules use it through `remora.contract.v1.messages`.
"""
