"""Deliveries while the local cloud stops."""

import os
import subprocess
import sys

from local.emulator.settings import environment

# The emulator's own shutdown, with a queue that counts how often it is asked for messages.
SHUTDOWN = """
import asyncio
import time

from ministack import app
from ministack.services import lambda_svc

asked = 0

def ask():
    global asked
    asked += 1
    return False

async def live_and_end():
    inbox, outbox = asyncio.Queue(), asyncio.Queue()
    for what in ("startup", "shutdown"):
        inbox.put_nowait({"type": f"lifespan.{what}"})
    lambda_svc._ensure_poller()
    await app.app({"type": "lifespan"}, inbox.get, outbox.put)

lambda_svc._poll_sqs = ask
asyncio.run(live_and_end())
before, until = asked, time.monotonic() + 10
while asked == before and time.monotonic() < until:
    lambda_svc._esm_wake.set()
    time.sleep(0.02)
print("goes on" if asked > before else "has stopped")
"""


def test_the_emulator_alone_goes_on_delivering_after_its_shutdown(tmp_path):
    settings = {**environment(tmp_path, 4566, os.environ), "PERSIST_STATE": "0"}
    ended = subprocess.run(
        [sys.executable, "-c", SHUTDOWN], env=settings, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout.splitlines()[-1:] == ["goes on"], ended.stderr[-2000:]
