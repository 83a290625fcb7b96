"""Step Functions as the order machine uses it."""

import copy
import json
import time
import uuid

import pytest


def start(system, *, seconds, name=None):
    key = str(uuid.uuid4())
    states = system.cloud.client("stepfunctions")
    execution = states.start_execution(
        stateMachineArn=system.outputs["Machine"],
        name=name or key,
        input=json.dumps({"key": key, "seconds": seconds}),
    )["executionArn"]
    return key, execution


def status(system, execution):
    return system.cloud.client("stepfunctions").describe_execution(executionArn=execution)["status"]


def token(system, key):
    item = system.cloud.client("dynamodb").get_item(TableName="small", Key={"pk": {"S": key}}).get("Item", {})
    return item.get("wake_token", {}).get("S")


def told(system):
    """The statuses told by EventBridge so far, by execution."""
    queue, url = system.cloud.client("sqs"), system.outputs["Statuses"]
    messages = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
    details = [json.loads(message["Body"])["detail"] for message in messages]
    return {detail["executionArn"]: detail["status"] for detail in details}


def test_a_wait_takes_its_timeout_from_the_input(small, eventually):
    _, execution = start(small, seconds=1)
    eventually(lambda: status(small, execution) == "SUCCEEDED")
    told_so = small.cloud.client("stepfunctions").describe_execution(executionArn=execution)["output"]
    assert json.loads(told_so) == {"heard": False}


def test_a_parked_execution_is_woken_by_its_token(small, eventually):
    key, execution = start(small, seconds=60)
    small.cloud.client("stepfunctions").send_task_success(
        taskToken=eventually(lambda: token(small, key)), output=json.dumps({"word": "go"})
    )
    eventually(lambda: status(small, execution) == "SUCCEEDED")


def test_the_emulator_alone_fails_on_a_timeout_that_is_an_expression(unadapted, eventually):
    _, execution = start(unadapted, seconds=1)
    eventually(lambda: status(unadapted, execution) == "FAILED")


def test_a_stopped_execution_stays_stopped_and_is_told(small, eventually):
    key, execution = start(small, seconds=1)
    eventually(lambda: token(small, key))
    small.cloud.client("stepfunctions").stop_execution(executionArn=execution)
    eventually(lambda: told(small).get(execution) == "ABORTED")
    with pytest.raises(AssertionError):
        eventually(lambda: status(small, execution) != "ABORTED", seconds=2)


def test_executions_running_at_a_stop_are_told_as_failed_after_the_start(again, deploy, eventually):
    with again() as cloud:
        system = deploy(cloud)
        key, execution = start(system, seconds=600)
        eventually(lambda: token(system, key))
    with again() as cloud:
        system.cloud = cloud
        system.outputs["Statuses"] = cloud.client("sqs").get_queue_url(QueueName="statuses")["QueueUrl"]
        assert eventually(lambda: told(system).get(execution)) == "FAILED"


PATIENT = {
    "StartAt": "Wait",
    "States": {
        "Wait": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"MessageBody.$": "$$.Task.Token"},
            "End": True,
        }
    },
}


def start_patient(system, *, seconds):
    """An execution that waits for a number of seconds given in the definition: what the emulator knows by itself."""
    definition = copy.deepcopy(PATIENT)
    definition["States"]["Wait"]["TimeoutSeconds"] = seconds
    definition["States"]["Wait"]["Parameters"]["QueueUrl"] = system.outputs["OtherQueue"]
    states = system.cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"patient-{uuid.uuid4()}", definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/any"
    )
    return states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]


def steps(system, execution):
    history = system.cloud.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    return [event["type"] for event in history]


def test_the_emulator_alone_turns_a_stopped_execution_into_a_failed_one(unadapted, eventually):
    execution = start_patient(unadapted, seconds=1)
    eventually(lambda: "TaskScheduled" in steps(unadapted, execution))
    unadapted.cloud.client("stepfunctions").stop_execution(executionArn=execution)
    eventually(lambda: status(unadapted, execution) == "FAILED")


def test_the_emulator_alone_tells_nobody_what_a_stop_interrupted(unadapted_again, deploy_what_it_takes):
    with unadapted_again() as cloud:
        system = deploy_what_it_takes(cloud)
        execution = start_patient(system, seconds=600)
    with unadapted_again() as cloud:
        system.cloud = cloud
        system.outputs["Statuses"] = cloud.client("sqs").get_queue_url(QueueName="statuses")["QueueUrl"]
        time.sleep(2)
        assert status(system, execution) == "FAILED"
        assert execution not in told(system)
