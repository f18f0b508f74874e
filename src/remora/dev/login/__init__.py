"""Logins of the local control plane: a small OAuth 2 provider, and a check of every call."""
