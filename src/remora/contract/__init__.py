"""The only door through which generated code reaches the runtime."""
