"""`python -m remora.cli`."""

from __future__ import annotations

import sys

from remora.cli.main import main

sys.exit(main())
