"""The functions that users call: each is an object with a blocking form, its call, and an async one, `aio`."""
