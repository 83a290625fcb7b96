"""The partners of the demonstration and their API keys, made by the seller through the CRM."""

import json
import uuid
from typing import Any

import httpx

from local.cloud import LocalCloud

NAMES = {"northern-lights": "Northern Lights", "amber-house": "Amber House"}
MODES = ("live", "test")


class PartnersError(RuntimeError):
    """The CRM refused a partner or a key."""


def ensure(cloud: LocalCloud, seller: str) -> dict[str, dict[str, str]]:
    """Keys by partner and mode. A key is shown once, so those shown are kept in the cloud's directory."""
    kept = cloud.directory / "keys.json"
    if kept.exists():
        keys: dict[str, dict[str, str]] = json.loads(kept.read_text())
        return keys
    with httpx.Client(
        base_url=f"{cloud.base_url}/api/crm/v1", headers={"Authorization": f"Bearer {seller}"}, timeout=60
    ) as crm:
        keys = {partner: _keys(crm, partner, name) for partner, name in NAMES.items()}
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(keys))
    return keys


def _keys(crm: httpx.Client, partner: str, name: str) -> dict[str, str]:
    created = _made(crm, "/partners", {"partner_id": partner, "name": name})
    return {
        mode: _made(crm, f"/partners/{created['partner_id']}/keys", {"mode": mode, "name": f"demo-{mode}"})["key"]
        for mode in MODES
    }


def _made(crm: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"{path} {json.dumps(body, sort_keys=True)}")
    response = crm.post(path, json=body, headers={"Idempotency-Key": str(key)})
    if response.is_error:
        raise PartnersError(f"POST {response.request.url.path}: {response.status_code} {response.text[:500]}")
    answer: dict[str, Any] = response.json()
    return answer
