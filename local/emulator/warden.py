"""Ends a process group when its leader is gone: `python -m local.emulator.warden GROUP`, leader on standard input.

Standard input ends however the leader ends, SIGKILL included, on every platform; a death signal set in the child
would fire when the *thread* that started it ends.
"""

import contextlib
import os
import signal
import sys
import time

_GRACE_SECONDS = 2.0


def main() -> None:
    """Wait for the leader's end, then SIGTERM and SIGKILL what is left of its group."""
    group = int(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.05)
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
