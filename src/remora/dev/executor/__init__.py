"""Runs container tasks as local processes."""
