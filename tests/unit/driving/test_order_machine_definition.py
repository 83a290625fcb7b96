"""The order machine's definition against the domain's table: they cannot drift apart."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from alexandrite.domain.statuses import OPEN, TERMINAL, Status
from alexandrite.domain.transitions import TRANSITIONS
from alexandrite.driving.steps import Action

DEFINITION = json.loads((Path(__file__).parents[3] / "statemachines" / "order.asl.json").read_text())
STATES = DEFINITION["States"]
HUB = STATES["Where is it?"]
WAITS = {name: state for name, state in STATES.items() if state.get("Resource", "").endswith("waitForTaskToken")}
STEPS = {name: state for name, state in STATES.items() if state.get("Resource") == "arn:aws:states:::lambda:invoke"}
CONDITION_FAILED = {"DynamoDb.ConditionalCheckFailedException", "DynamoDB.ConditionalCheckFailedException"}


def statuses_in(condition):
    """The statuses that a condition of the hub asks for."""
    asked = re.search(r"(\$not\()?\$order\.status (?:= ('\w+')|in \[([^\]]+)\])", condition)
    if asked is None:
        return frozenset()
    named = {Status(name) for name in re.findall(r"'(\w+)'", asked.group(2) or asked.group(3))}
    return frozenset(Status) - named if asked.group(1) else frozenset(named)


def spokes(status):
    return [choice["Next"] for choice in HUB["Choices"] if status in statuses_in(choice["Condition"])]


def following(state):
    yield from (state[name] for name in ("Next", "Default") if name in state)
    yield from (branch["Next"] for name in ("Choices", "Catch") for branch in state.get(name, []))


@pytest.mark.parametrize("status", sorted(OPEN))
def test_every_open_status_has_exactly_one_wait(status):
    assert len([name for name in spokes(status) if name in WAITS]) == 1


def test_no_two_statuses_share_a_wait():
    waits = [name for status in OPEN for name in spokes(status) if name in WAITS]
    assert sorted(waits) == sorted(WAITS)


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_every_terminal_status_ends_the_execution(status):
    assert STATES[spokes(status)[-1]]["Type"] == "Succeed"
    assert not set(spokes(status)) & WAITS.keys()


def test_the_hub_knows_every_status_of_the_table_and_no_other():
    in_table = {status for steps in TRANSITIONS.values() for step in steps for status in step if status is not None}
    known = frozenset().union(*(statuses_in(choice["Condition"]) for choice in HUB["Choices"]))
    assert known == in_table == set(Status)


def test_every_state_leads_somewhere_and_is_led_to():
    reached = {DEFINITION["StartAt"]} | {name for state in STATES.values() for name in following(state)}
    assert reached == STATES.keys()


@pytest.mark.parametrize("name", WAITS)
def test_every_wait_is_the_same_but_for_its_name_and_what_its_timeout_leads_to(name):
    def alike(state):
        catch = [branch for branch in state["Catch"] if branch["ErrorEquals"] != ["States.Timeout"]]
        return {**state, "Comment": None, "Catch": catch}

    assert alike(WAITS[name]) == alike(WAITS["Await operator"])


@pytest.mark.parametrize("name", WAITS)
def test_every_wait_parks_only_on_the_version_that_the_hub_saw(name):
    wait = WAITS[name]
    arguments = wait["Arguments"]
    assert arguments["ConditionExpression"] == "version = :seen AND driver_generation = :mine"
    written = set(re.findall(r"(\w+) = :", arguments["UpdateExpression"]))
    assert written == {"wake_token", "parked_version", "next_check_at"}
    (lost,) = [branch for branch in wait["Catch"] if set(branch["ErrorEquals"]) == CONDITION_FAILED]
    assert (lost["Next"], wait["Next"]) == ("Look up order", "Look up order")
    assert wait["TimeoutSeconds"] == "{% $order.wait_s %}"


def test_no_wait_is_shorter_than_a_minute():
    expression = STATES["Look up order"]["Assign"]["order"]
    assert "$left := $max([60, " in expression
    pauses = [STATES["Take up the order"]["Assign"]["pricing"]["pause_s"]]
    again = STATES["Price the order"]["Assign"]["pricing"]["pause_s"]
    pauses += [int(number) for number in re.findall(r": (\d+) %}", again)]
    assert min(pauses) >= 60


def test_a_lost_race_for_the_order_is_not_retried_in_place():
    """A failed condition says that the order has moved: only the hub knows where to."""
    for name, state in STATES.items():
        if "updateItem" in state.get("Resource", ""):
            first = state["Retry"][0]
            assert (set(first["ErrorEquals"]), first["MaxAttempts"]) == (CONDITION_FAILED, 0), name


def test_the_machine_asks_for_every_step_and_for_no_other():
    asked = {state["Arguments"]["Payload"]["action"] for state in STEPS.values()}
    assert asked == set(get_args(Action.__value__))
    assert all(state["Next"] == "Look up order" for state in STEPS.values())


def test_the_definition_names_resources_only_by_substitution():
    text = json.dumps(DEFINITION)
    assert set(re.findall(r"\$\{(\w+)\}", text)) == {"OrdersTable", "StepFunctionArn"}
    assert not re.search(r"arn:aws:(?!states:::)", text)
