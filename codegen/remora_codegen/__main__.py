"""`python -m remora_codegen` is the `remora` command, for environments without its script."""

from __future__ import annotations

import sys

from remora.cli import main

sys.exit(main())
