"""What every test relies on, wherever the suite is started."""

from __future__ import annotations

import signal

# A suite that is started in the background of a shell ignores SIGINT, and so would the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
