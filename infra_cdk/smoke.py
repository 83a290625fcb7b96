"""Asks a deployed stage whether it works, with one order of a partner's test key.

    SMOKE_KEY=ak_test_… python -m infra_cdk.smoke https://HOST

A file is uploaded, analysed and priced, and the order called off: that passes the gateway, both authorizers, storage,
queue, workers, table, stream, bus and order machine. Test orders never reach the floor.
"""

import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from local.ring import write_stl

_PRICED_WITHIN_S = 300.0


class StageBrokenError(RuntimeError):
    """The stage did not do what it is there for."""


def smoke(base_url: str, key: str, *, pause: Callable[[float], None] = time.sleep) -> str:
    """Take one test order from upload to price and cancel it; returns its id.

    `base_url` is where `/api` is, `key` a partner's test key.

    Raises:
        StageBrokenError: a step was refused, or the price did not come within five minutes.
    """
    with httpx.Client(base_url=f"{base_url.rstrip('/')}/api", timeout=30) as client:
        _expect(client.get("/shop/v1/materials"), 200)
        refused = _expect(client.get("/partner/v1/limits"), 401)
        if refused.headers["content-type"] != "application/problem+json":
            raise StageBrokenError("the gateway does not answer with problem documents")
        client.headers["Authorization"] = f"Bearer {key}"
        if _expect(client.get("/partner/v1/limits"), 200).json()["mode"] != "test":
            raise StageBrokenError("the key is not a test key")
        order_id = _place(client, _upload(client))
        _await_price(client, order_id, pause)
        _command(client, f"/partner/v1/orders/{order_id}/cancel", {"reason": "smoke test"}, 200)
    return order_id


def _upload(client: httpx.Client) -> str:
    with tempfile.TemporaryDirectory() as directory:
        content = write_stl(Path(directory) / "ring.stl").read_bytes()
    made = _command(
        client,
        "/partner/v1/models",
        {"size_bytes": len(content), "unit": "mm", "file_name": "smoke-test.stl"},
        201,
    )
    form = made["upload"]
    sent = httpx.post(form["url"], data=form["fields"], files={"file": ("smoke-test.stl", content)}, timeout=60)
    if not sent.is_success:
        raise StageBrokenError(f"the upload was refused: {sent.status_code} {sent.text[:300]}")
    return str(made["model"]["model_id"])


def _place(client: httpx.Client, model_id: str) -> str:
    order = {
        "lines": [{"model": model_id, "material": "silver_925", "finish": "polished", "quantity": 1}],
        "delivery": {
            "method": "collect",
            "recipient": {"name": "Smoke Test", "phone": "+70000000000"},
        },
        "submit": True,
    }
    return str(_command(client, "/partner/v1/orders", order, 201)["order_id"])


def _await_price(client: httpx.Client, order_id: str, pause: Callable[[float], None]) -> None:
    deadline = time.monotonic() + _PRICED_WITHIN_S
    status = "?"
    while time.monotonic() < deadline:
        status = _expect(client.get(f"/partner/v1/orders/{order_id}"), 200).json()["status"]
        if status == "PRICE_CALCULATED":
            return
        pause(2)
    raise StageBrokenError(f"{order_id} has no price after {_PRICED_WITHIN_S:.0f} s: it is {status}")


def _command(client: httpx.Client, path: str, body: Any, status: int) -> Any:
    return _expect(client.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())}), status).json()


def _expect(response: httpx.Response, status: int) -> httpx.Response:
    if response.status_code != status:
        asked = f"{response.request.method} {response.request.url.path}"
        raise StageBrokenError(f"{asked}: {response.status_code} instead of {status}: {response.text[:300]}")
    return response


if __name__ == "__main__":
    print(smoke(sys.argv[1], os.environ["SMOKE_KEY"]))
