"""State of the local control plane in SQLite."""
