"""What a clean stop keeps."""

import json
import time

import httpx
import pytest

from local.sign_in import Client, access_token


@pytest.fixture
def restarted(again, deploy, eventually):
    """A small system with one item, one file and one person, stopped and started again on other ports."""
    with again() as cloud:
        system = deploy(cloud)
        cloud.client("dynamodb").put_item(TableName="small", Item={"pk": {"S": "before"}})
        cloud.client("s3").put_object(Bucket="small-files", Key="kept", Body=b"bytes")
        pool = cloud.client("cognito-idp")
        person = {"UserPoolId": system.outputs["Pool"], "Username": "anna@example.com"}
        pool.admin_create_user(**person, MessageAction="SUPPRESS")
        pool.admin_set_user_password(**person, Password="Correct-horse-1", Permanent=True)
        eventually(lambda: "before" in taken(system))
    with again() as cloud:
        system.cloud = cloud
        yield system


def taken(system):
    """Keys the stream's consumer has taken."""
    logs, group = system.cloud.client("logs"), f"/aws/lambda/{system.outputs['Clerk']}"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    messages = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    return [json.loads(message)["taken"] for message in messages if '"taken"' in message]


def test_items_files_people_functions_streams_and_services_are_there_again(restarted, eventually):
    cloud = restarted.cloud
    assert cloud.client("dynamodb").get_item(TableName="small", Key={"pk": {"S": "before"}})["Item"]
    assert cloud.client("s3").get_object(Bucket="small-files", Key="kept")["Body"].read() == b"bytes"
    cloud.client("dynamodb").put_item(TableName="small", Item={"pk": {"S": "after"}})
    eventually(lambda: "after" in taken(restarted))
    client = Client(restarted.outputs["Client"], "http://localhost/back", ["openid", "desk/read"])
    token = access_token(cloud.endpoint, client, "anna@example.com", "Correct-horse-1")
    answer = httpx.get(restarted.api("/signed/Anna"), headers={"Authorization": token}, timeout=30)
    assert answer.json()["greeting"] == "Good day, Anna"
    eventually(lambda: cloud.client("ecs").list_tasks(cluster="small", desiredStatus="RUNNING")["taskArns"])


def test_the_emulator_alone_does_not_deliver_the_first_records_after_a_restart(unadapted_again, deploy_what_it_takes):
    """Kept positions point past the end of a stream that is in memory only."""
    with unadapted_again() as cloud:
        system = deploy_what_it_takes(cloud)
        for number in range(5):
            cloud.client("dynamodb").put_item(TableName="small", Item={"pk": {"S": str(number)}})
        wait_for(lambda: "4" in taken(system))
    with unadapted_again() as cloud:
        system.cloud = cloud
        cloud.client("dynamodb").put_item(TableName="small", Item={"pk": {"S": "after"}})
        assert not wait_for(lambda: "after" in taken(system), seconds=3)


def wait_for(question, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not question() and time.monotonic() < deadline:
        time.sleep(0.05)
    return question()
