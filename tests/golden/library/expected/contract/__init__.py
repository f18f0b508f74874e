"""Contract tests of `library_api`."""
