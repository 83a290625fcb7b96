"""The program behind the image `worker`: says that it runs, and that it was asked to stop."""

import os
import signal
import sys
import time


def leave(*_):
    print("asked to stop", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, leave)
print(f"working in {os.environ['DESK']} at {os.environ['AWS_ENDPOINT_URL']}", flush=True)
while True:
    time.sleep(0.1)
