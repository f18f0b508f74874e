"""Version 1 of what generated code may import: `messages`, `services`, `entities` and `testing`."""
