"""One order from INITIATED to CLOSED over HTTP: customer, seller and operator each do their part."""

import hashlib
import mimetypes
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from local import people
from local.cloud import LocalCloud

# How long machines may take for one step: the first file also waits for the engine to warm up.
_PATIENCE_SECONDS = 180.0
_POLL_SECONDS = 0.3

MATERIAL = "silver_925"
FINISH = "polished"

_RECIPIENT = {
    "name": "Анна Кузнецова",
    "phone": "+79000000000",
    "email": "anna@example.com",
    "address": {"postal_code": "190000", "city": "Санкт-Петербург", "street": "Невский проспект, 1"},
}


class JourneyError(RuntimeError):
    """The order did not get where it should; says where it stopped and why."""


@dataclass(frozen=True)
class Travellers:
    """Clients of the three people an order meets."""

    customer: httpx.Client
    seller: httpx.Client
    operator: httpx.Client

    @classmethod
    def described(cls, cloud: LocalCloud) -> "Travellers":
        """The demonstration's people, freshly signed in."""
        outputs = cloud.deployment.outputs()

        def door(prefix: str, person: people.Person) -> httpx.Client:
            token = people.token_of(cloud, outputs, person)
            return httpx.Client(
                base_url=f"{cloud.base_url}/api/{prefix}/v1",
                headers={"Authorization": f"Bearer {token}"},
                timeout=60,
            )

        return cls(
            customer=door("shop", people.CUSTOMERS[0]),
            seller=door("crm", people.SELLER),
            operator=door("mes", people.OPERATORS[0]),
        )


@dataclass
class _Diary:
    """Says each new event of the order once, with the time since the first one."""

    customer: httpx.Client
    order_id: str
    say: Callable[[str], object]
    began: datetime | None = None
    seen: int = 0

    def catch_up(self) -> None:
        history = _ok(self.customer.get(f"/orders/{self.order_id}/timeline", params={"after": self.seen}))
        for entry in history["items"]:
            self.seen = max(self.seen, entry["version"])
            moved = entry["to_status"] if entry["to_status"] != entry["from_status"] else ""
            details = "".join(f", {name.replace('_', ' ')} {value}" for name, value in entry["details"].items())
            at = datetime.fromisoformat(entry["at"])
            self.began = self.began or at
            elapsed = (at - self.began).total_seconds()
            self.say(f"  {elapsed:6.1f} s  {moved:<25}{entry['event']} by {entry['by']}{details}")


def travel(
    travellers: Travellers,
    files: Sequence[Path],
    say: Callable[[str], object],
    *,
    material: str = MATERIAL,
    finish: str | None = None,
    unit: str | None = None,
) -> str:
    """Order one piece of each file, have it priced, approved, made, shipped and closed; returns the order's id.

    Without a `finish` it is the usual one, if the material takes that.

    Raises `JourneyError` where it stops.
    """
    customer, seller, operator = travellers.customer, travellers.seller, travellers.operator
    began = time.monotonic()
    finish = finish or preferred(_finishes(customer, material))
    models = [_upload(customer, path, unit) for path in files]
    order = _do(
        customer,
        "/orders",
        {
            "lines": [{"model": model, "quantity": 1, "material": material, "finish": finish} for model in models],
            "delivery": {"method": "courier", "recipient": _RECIPIENT},
        },
    )
    order_id = order["order_id"]
    names = ", ".join(path.name for path in files)
    say(f"\n  {order_id}: {names} in {material}, {finish}")
    diary = _Diary(customer, order_id, say)
    diary.catch_up()
    _await_analysis(diary, models)
    _do(customer, f"/orders/{order_id}/submit", {})
    priced = _await_price(diary)
    say(f"            {_money(priced['price'])}")
    _do(customer, f"/orders/{order_id}/accept", {"price_id": priced["price"]["price_id"]})
    _do(seller, f"/orders/{order_id}/payment", {"payment": "paid"})
    _approve(seller, diary)
    taken = _do(operator, f"/orders/{order_id}/take", {})
    diary.catch_up()
    for step, body in (
        ("complete", {"fence": taken["fence"]}),
        ("pack", {}),
        ("ship", {"carrier": "Courier", "tracking_number": f"AX-{order_id[-8:]}"}),
    ):
        _do(operator, f"/orders/{order_id}/{step}", body)
        diary.catch_up()
    _do(seller, f"/orders/{order_id}/close", {"reason": "delivered"})
    _await_status(diary, "CLOSED")
    say(f"\n  Closed after {time.monotonic() - began:.1f} s.\n")
    return str(order_id)


def preferred(finishes: Sequence[str]) -> str:
    """The usual finish among those that a material takes, or the first of them."""
    return FINISH if FINISH in finishes else finishes[0]


def _finishes(customer: httpx.Client, material: str) -> Sequence[str]:
    found = [each["finishes"] for each in _ok(customer.get("/materials"))["materials"] if each["code"] == material]
    if not found:
        raise JourneyError(f"there is no material {material}")
    finishes: Sequence[str] = found[0]
    return finishes


def _upload(customer: httpx.Client, path: Path, unit: str | None) -> str:
    content = path.read_bytes()
    registered = _do(
        customer,
        "/models",
        {
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "unit": unit,
            "file_name": path.name,
        },
    )
    form, model = registered["upload"], str(registered["model"]["model_id"])
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    sent = httpx.post(form["url"], data=form["fields"], files={"file": (path.name, content, kind)}, timeout=300)
    if sent.is_error:
        raise JourneyError(f"storage refused {path.name}: {sent.status_code} {sent.text[:300]}")
    return model


def _await_analysis(diary: _Diary, models: Sequence[str]) -> None:
    for model in models:

        def look(model: str = model) -> dict[str, Any]:
            diary.catch_up()
            return _ok(diary.customer.get(f"/models/{model}"))

        answer = _until(look, lambda found: found["stage"] in ("analysed", "refused"), f"the analysis of {model}")
        if answer["stage"] == "refused":
            raise JourneyError(f"{model} was refused: {answer['refusal']}")
        for finding in answer["findings"]:
            diary.say(f"            {finding['severity']}: {finding['code']}")


def _await_status(diary: _Diary, status: str) -> Mapping[str, Any]:
    def look() -> Mapping[str, Any]:
        diary.catch_up()
        return _ok(diary.customer.get(f"/orders/{diary.order_id}"))

    return _until(look, lambda order: order["status"] == status, f"{diary.order_id} to be {status}")


def _await_price(diary: _Diary) -> Mapping[str, Any]:
    def look() -> Mapping[str, Any]:
        diary.catch_up()
        return _ok(diary.customer.get(f"/orders/{diary.order_id}/price"))

    price = _until(look, lambda found: found["state"] != "none" and found["state"] != "calculating", "a price")
    order = _ok(diary.customer.get(f"/orders/{diary.order_id}"))
    if price["state"] == "blocked":
        reasons = "; ".join(issue["detail"] for issue in order["issues"])
        raise JourneyError(f"{diary.order_id} cannot be priced: {reasons}")
    return order


def _approve(seller: httpx.Client, diary: _Diary) -> None:
    """Release it for production, unless the auto-approval rule was quicker."""
    order = _ok(diary.customer.get(f"/orders/{diary.order_id}"))
    if order["status"] == "PRICE_CALCULATED":
        answer = _post(seller, f"/orders/{diary.order_id}/approve", {})
        if answer.is_error and answer.status_code != httpx.codes.CONFLICT:
            raise JourneyError(_refusal(answer))
    _await_status(diary, "MANUFACTURING_APPROVED")


def _until[T](look: Callable[[], T], done: Callable[[T], bool], awaited: str) -> T:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if done(found):
            return found
        time.sleep(_POLL_SECONDS)
    raise JourneyError(f"waited {_PATIENCE_SECONDS:.0f} s for {awaited}")


def _post(client: httpx.Client, path: str, body: Mapping[str, Any]) -> httpx.Response:
    return client.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})


def _do(client: httpx.Client, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return _ok(_post(client, path, body))


def _ok(response: httpx.Response) -> dict[str, Any]:
    if response.is_error:
        raise JourneyError(_refusal(response))
    answer: dict[str, Any] = response.json()
    return answer


def _refusal(response: httpx.Response) -> str:
    return f"{response.request.method} {response.request.url.path}: {response.status_code} {response.text[:500]}"


def _money(price: Mapping[str, Any]) -> str:
    return f"{price['gross_minor'] / 100:,.2f} {price['currency']} with VAT".replace(",", " ")
