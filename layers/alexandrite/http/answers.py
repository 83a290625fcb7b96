"""What a view returns: a typed body, a status, and the headers that say more about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    """A body that we send; what it does not name, no audience sees."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer."""

    body: BaseModel | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def told(
    body: BaseModel, *, status: int = 200, version: int | None = None, replayed: bool = False, **headers: str
) -> Answer:
    """Return an answer; `version` becomes the ETag, and keywords become headers (`cache_control` -> Cache-Control)."""
    extra = {name.replace("_", "-").title(): value for name, value in headers.items()}
    if version is not None:
        extra["ETag"] = f'"{version}"'
    if replayed:
        extra["Idempotent-Replayed"] = "true"
    return Answer(body=body, status=status, headers=extra)


def nothing() -> Answer:
    """Return the answer of something that is gone."""
    return Answer(body=None, status=204)
