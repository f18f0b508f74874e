"""`python -m remora.dev`."""

from __future__ import annotations

import argparse
import sys

from remora.dev.cli import add_arguments, run


def main() -> int:
    """Run the command with the arguments of this process."""
    parser = argparse.ArgumentParser(prog="remora dev")
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
