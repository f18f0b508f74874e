"""What is expected is text here, not tests to run."""

collect_ignore_glob = ["*/expected/*"]
