"""What the worker understands of its queue."""

import json

import pytest

from alexandrite.models.queue import ANALYSIS_REQUESTED
from pricing.messages import Task, Unintelligible, parse

# As documented: "Amazon S3 event message structure" for EventBridge.
OBJECT_CREATED = {
    "version": "0",
    "id": "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "time": "2026-03-02T09:00:00Z",
    "detail": {
        "version": "0",
        "bucket": {"name": "models"},
        "object": {
            "key": "uploads/mdl_7Z0K3M8Q2R5T9V1W",
            "size": 5,
            "etag": "b1946ac92492d2347c6235b4d2611184",
            "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
            "sequencer": "617f08299329d189",
        },
        "reason": "PutObject",
    },
}


def test_news_of_an_upload_names_the_model_and_the_version() -> None:
    assert parse(json.dumps(OBJECT_CREATED), "m-1") == Task(
        "mdl_7Z0K3M8Q2R5T9V1W", "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", OBJECT_CREATED["id"]
    )


def test_a_request_names_the_model_alone() -> None:
    body = json.dumps({"detail-type": ANALYSIS_REQUESTED, "detail": {"model_id": "mdl_1"}})
    assert parse(body, "m-1") == Task("mdl_1", None, "m-1")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "null",
        "[]",
        '"text"',
        "{}",
        '{"detail-type": "Object Created", "detail": {}}',
        '{"detail-type": "Object Created", "detail": {"object": {"key": 5}}}',
        '{"detail-type": "Object Created", "detail": {"object": {"key": "previews/mdl_1.png"}}}',
        '{"detail-type": "Object Deleted", "detail": {"object": {"key": "uploads/mdl_1"}}}',
        '{"detail-type": "Analysis Requested", "detail": []}',
    ],
)
def test_everything_else_is_unintelligible(body: str) -> None:
    with pytest.raises(Unintelligible):
        parse(body, "m-1")
