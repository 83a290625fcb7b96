"""Lambda functions: dotted handlers, layers, and an environment of their own."""

import json

import httpx
import pytest


@pytest.fixture(scope="module")
def seen(small):
    answer = httpx.get(small.api("/open/Anna"), timeout=30)
    assert answer.status_code == 200
    return answer.json()


def test_a_handler_in_a_package_finds_its_layer(seen):
    assert seen["greeting"] == "Good day, Anna"


def test_a_function_sees_the_emulator_and_nothing_of_the_developer(small, seen):
    assert seen["endpoint"] == small.cloud.endpoint
    allowed = {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED"}
    allowed |= {f"AWS_{name}" for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")}
    allowed |= {f"AWS_{name}" for name in ("REGION", "DEFAULT_REGION", "ENDPOINT_URL")}
    allowed |= {"AWS_DISABLE_HOST_PREFIX_INJECTION"}
    given = {name for name in seen["environment"] if name.startswith("AWS_") and not name.startswith("AWS_LAMBDA_")}
    assert given <= allowed


def test_a_function_cannot_import_what_only_the_development_environment_has(seen):
    assert not [path for path in seen["search_path"] if ".venv" in path]


def test_the_emulator_alone_lets_functions_import_the_development_environment(unadapted):
    seen = httpx.get(unadapted.api("/open/Anna"), timeout=30).json()
    assert [path for path in seen["search_path"] if ".venv" in path]


def put_three(system):
    table = system.cloud.client("dynamodb")
    for name in ("first", "poison", "last"):
        table.put_item(TableName="small", Item={"pk": {"S": name}})


def written_by_the_clerk(system):
    logs, group = system.cloud.client("logs"), f"/aws/lambda/{system.outputs['Clerk']}"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    events = logs.filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]


def test_a_record_refused_in_part_of_a_batch_comes_again(small, eventually):
    put_three(small)
    eventually(lambda: {"taken": "poison", "attempt": 3} in written_by_the_clerk(small))
    eventually(lambda: "last" in [each.get("taken") for each in written_by_the_clerk(small)])


def test_the_emulator_alone_loses_a_record_refused_in_part_of_a_batch(unadapted, eventually):
    put_three(unadapted)
    eventually(lambda: any("last" in each.values() for each in written_by_the_clerk(unadapted)))
    poisons = [each for each in written_by_the_clerk(unadapted) if "poison" in each.values()]
    assert [each["attempt"] for each in poisons] == [1]
