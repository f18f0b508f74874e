"""Entry point of `python -m remora.demo`."""

import sys

from remora.demo.story import main

sys.exit(main(sys.argv[1:]))
