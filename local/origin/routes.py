"""Where a path of the origin leads, from the outputs of the deployed stacks."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from infra_cdk.site import configuration
from local.emulator.settings import REGION


class NotDeployedError(LookupError):
    """The stacks deployed so far have no such API."""


@dataclass
class Routes:
    """Addresses behind the origin; a new deployment is noticed by its outputs file."""

    gateway: str
    outputs_file: Path
    _read_at: float = field(default=0.0, init=False)
    _outputs: Mapping[str, str] = field(default_factory=dict, init=False)

    def rest(self, path: str) -> str:
        """The address of a path that begins with the stage: `/api/shop/v1/orders`."""
        return f"{self.gateway}/_aws/execute-api/{self._api('ApiUrl')}{path}"

    def socket(self, path: str) -> str:
        """The address of the WebSocket API for `/ws`."""
        gateway = self.gateway.replace("http://", "ws://")
        return f"{gateway}/_aws/execute-api/{self._api('SocketUrl')}{path}"

    def cognito(self, path: str) -> str:
        """Sign-in pages and token endpoints: the emulator tells pools apart by the client."""
        return f"{self.gateway}{path}"

    def site(self) -> dict[str, str]:
        """What the operators' application is told of this environment: people sign in on this very origin."""
        outputs = self._current()
        if "StaffClientId" not in outputs:
            raise NotDeployedError("no deployed stack has a pool of staff")
        return configuration(outputs, region=REGION, sign_in="/")

    def _api(self, output: str) -> str:
        address = self._current().get(output)
        if not address:
            raise NotDeployedError(f"no deployed stack has the output {output}")
        return api_id(address)

    def _current(self) -> Mapping[str, str]:
        try:
            changed_at = self.outputs_file.stat().st_mtime
        except FileNotFoundError:
            return {}
        if changed_at != self._read_at:
            stacks = json.loads(self.outputs_file.read_text())
            self._outputs = {name: value for stack in stacks.values() for name, value in stack.items()}
            self._read_at = changed_at
        return self._outputs


def api_id(address: str) -> str:
    """The id in an API's address: `https://<id>.execute-api.…` as AWS writes it, or `…/execute-api/<id>/`."""
    parts = urlsplit(address)
    if found := re.search(r"/execute-api/([a-z0-9]+)", parts.path):
        return found[1]
    return (parts.hostname or "").split(".")[0]
