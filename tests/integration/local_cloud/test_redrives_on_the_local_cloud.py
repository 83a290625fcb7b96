"""Dead letters go back to the queue they came from."""

import json
import uuid

import botocore.exceptions
import pytest


@pytest.fixture
def queues(small):
    """A queue that gives up after one receive, and where its dead letters go."""
    sqs = small.cloud.client("sqs")
    name = uuid.uuid4().hex[:8]
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    policy = {"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 1}
    alive = sqs.create_queue(
        QueueName=name, Attributes={"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "0"}
    )["QueueUrl"]
    return sqs, alive, dead


def arn(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(sqs, url):
    return sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"], WaitTimeSeconds=0).get("Messages", [])


def test_a_redriven_message_starts_anew_in_the_queue_it_came_from(queues):
    sqs, alive, dead = queues
    sqs.send_message(QueueUrl=alive, MessageBody="work")
    receive(sqs, alive)
    assert receive(sqs, alive) == []
    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    (again,) = receive(sqs, alive)
    assert (again["Body"], again["Attributes"]["ApproximateReceiveCount"]) == ("work", "1")
    assert receive(sqs, dead) == []
    (task,) = sqs.list_message_move_tasks(SourceArn=arn(sqs, dead))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)


def test_only_dead_letters_are_redriven(queues):
    sqs, alive, _ = queues
    with pytest.raises(botocore.exceptions.ClientError, match="Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=arn(sqs, alive))


def test_the_emulator_alone_knows_no_way_back(unadapted):
    sqs = unadapted.cloud.client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    with pytest.raises(botocore.exceptions.ClientError, match="not valid for this endpoint"):
        sqs.start_message_move_task(SourceArn=arn(sqs, url))
