"""What the pricing queue carries: news of an uploaded object, or the wish to have a model analysed (again)."""

import json
from dataclasses import dataclass
from typing import Any

from alexandrite.models.queue import ANALYSIS_REQUESTED
from alexandrite.models.record import model_id_of


@dataclass(frozen=True, slots=True)
class Task:
    """Bring this model to its end; `version_id` is the version that the news was about, where it was about one."""

    model_id: str
    version_id: str | None
    cause: str


class Unintelligible(ValueError):
    """A message that is neither: it goes to the dead letters for somebody to look at."""


def parse(body: str, message_id: str) -> Task:
    """Return what a message asks for.

    Raises:
        Unintelligible: it is not an event that this queue is for.
    """
    try:
        event = json.loads(body)
        kind, detail = event["detail-type"], event["detail"]
        if kind == "Object Created":
            return _uploaded(detail["object"], event.get("id", message_id))
        if kind == ANALYSIS_REQUESTED:
            return Task(str(detail["model_id"]), None, message_id)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unintelligible(f"message {message_id} is no event: {type(error).__name__}") from error
    raise Unintelligible(f"message {message_id} is an event of another kind")


def _uploaded(stored: dict[str, Any], cause: str) -> Task:
    model_id = model_id_of(stored["key"])
    if model_id is None:
        raise Unintelligible("the key is no upload's")
    return Task(model_id, stored.get("version-id"), cause)
