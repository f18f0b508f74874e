"""Runs apps as local processes."""
