"""Telling ECS not to stop a task that works on a file when the service shrinks."""

import json
import os
import urllib.request
from collections.abc import Callable
from http import HTTPStatus

from alexandrite.telemetry import logger

_MINUTES = 15
_TIMEOUT_S = 3.0


class TaskProtection:
    """Scale-in protection of the own task, by the agent's endpoint; does nothing where there is no agent."""

    def __init__(self, send: Callable[[bool], None]) -> None:
        self._send = send

    @classmethod
    def of_this_task(cls) -> "TaskProtection":
        """Return the protection of the task that this process runs in."""
        agent = os.environ.get("ECS_AGENT_URI", "")
        return cls(_agent(agent) if agent.startswith("http://") else lambda _: None)

    def protect(self) -> None:
        """Protect the task for a quarter of an hour from now."""
        self._try(True)

    def release(self) -> None:
        """Let the task be stopped."""
        self._try(False)

    def _try(self, protected: bool) -> None:
        try:
            self._send(protected)
        except OSError as error:
            # Without protection a stopped task hands its work back: slower, never wrong.
            logger().warning("the task's protection could not be set", extra={"error": type(error).__name__})


def _agent(uri: str) -> Callable[[bool], None]:
    def send(protected: bool) -> None:
        body: dict[str, object] = {"ProtectionEnabled": protected}
        if protected:
            body["ExpiresInMinutes"] = _MINUTES
        request = urllib.request.Request(  # noqa: S310 - the agent's address, given by ECS, always http
            f"{uri}/task-protection/v1/state",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - as above
            if answer.status != HTTPStatus.OK:
                raise OSError(f"the agent answered {answer.status}")

    return send
