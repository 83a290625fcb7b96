"""When the sweeper must look whether a model gets on, and in which partition of its index it finds it."""

from datetime import datetime, timedelta

from alexandrite.models.bucket import UPLOAD_WITHIN
from alexandrite.models.queue import ANALYSIS_OVERDUE
from alexandrite.models.record import Model, Stage
from alexandrite.store.keys import SHARDS, shard

MODEL_SHARDS = tuple(f"model#{number}" for number in range(SHARDS))

_LONGEST_REST = timedelta(days=1)


def check_shard(model_id: str) -> str:
    """Return the index partition of a model that is not settled."""
    return MODEL_SHARDS[shard(model_id)]


def next_check(model: Model, *, since: datetime, is_uploaded: bool = False) -> datetime | None:
    """Return when to look at a model that has moved, or was looked at, at `since`; None when no look is needed.

    A model that waits for its file is looked at twice: when the news of an upload should long have been there, and once
    more when no form can be used any longer. One that waits for the engine is looked at until it is settled, each time
    after twice the rest; and so is one whose file is in storage though its record does not know.
    """
    if model.deleted or model.is_settled:
        return None
    if model.stage is Stage.AWAITING_UPLOAD and not is_uploaded:
        rests = (ANALYSIS_OVERDUE, UPLOAD_WITHIN)
        return since + rests[model.looks] if model.looks < len(rests) else None
    return since + min(ANALYSIS_OVERDUE * (1 << min(model.looks, 10)), _LONGEST_REST)
