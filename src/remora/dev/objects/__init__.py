"""The object store: files behind signed, expiring URLs on loopback."""
