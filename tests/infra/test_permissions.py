"""Each role may do what its code does."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra_cdk.workflow import COMPARED_ATTRIBUTES, ORDER_MACHINE, PARKING_ATTRIBUTES
from tests.template import Template, as_list

# Actions that know no resource: traces, delivery of logs, the list of streams.
WITHOUT_RESOURCE = ("xray:", "logs:", "dynamodb:ListStreams")


def actions(statements: list[Mapping[str, Any]], service: str) -> set[str]:
    return {
        action
        for statement in statements
        for action in as_list(statement["Action"])
        if action.startswith(f"{service}:")
    }


def test_no_role_may_do_everything_with_anything(template: Template) -> None:
    for policy in template.resources("AWS::IAM::Policy"):
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for action in as_list(statement["Action"]):
                assert not action.endswith(":*"), policy
                if statement["Resource"] == "*":
                    assert action.startswith(WITHOUT_RESOURCE), f"{policy}: {action} on everything"


def test_no_role_but_the_gateways_for_logs_has_a_policy_of_amazons(template: Template) -> None:
    managed = [
        role.logical_id for role in template.resources("AWS::IAM::Role") if role.properties.get("ManagedPolicyArns")
    ]
    assert [name.startswith("ApiCloudWatchRole") for name in managed] == [True]


@pytest.mark.parametrize(
    ("stack", "role", "expected"),
    [
        ("Api", "AuthorizerRole", {"dynamodb:GetItem"}),
        ("Workflow", "OrchestrateRole", {"dynamodb:GetItem", "dynamodb:UpdateItem"}),
        ("Workflow", "OrderRole", {"dynamodb:GetItem", "dynamodb:UpdateItem"}),
    ],
)
def test_who_needs_little_of_the_tables_has_little(
    template: Template, stack: str, role: str, expected: set[str]
) -> None:
    assert actions(template.statements_of(stack, role), "dynamodb") == expected


def test_nobody_scans_and_nobody_changes_a_table_itself(template: Template) -> None:
    for policy in template.resources("AWS::IAM::Policy"):
        granted = actions(policy.properties["PolicyDocument"]["Statement"], "dynamodb")
        assert not granted & {"dynamodb:Scan", "dynamodb:DeleteTable", "dynamodb:UpdateTable"}, policy


def test_the_order_machine_may_write_its_own_attributes_of_an_order_and_no_other(template: Template) -> None:
    writes = [
        statement
        for statement in template.statements_of("Workflow", "OrderRole")
        if "dynamodb:UpdateItem" in as_list(statement["Action"])
    ]
    assert [
        set(statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]) for statement in writes
    ] == [{*PARKING_ATTRIBUTES, *COMPARED_ATTRIBUTES}]
    assert writes[0]["Condition"]["ForAllValues:StringLike"] == {"dynamodb:LeadingKeys": ["ORDER#*"]}


def test_the_order_machine_only_compares_what_it_may_not_change() -> None:
    states = json.loads(ORDER_MACHINE.read_text())["States"].values()
    updates = [state["Arguments"]["UpdateExpression"] for state in states if "updateItem" in state.get("Resource", "")]
    assert len(updates) == 10
    for update in updates:
        changed = {
            part.split("=")[0].strip() for part in update.replace("SET ", "").replace(" REMOVE ", ", ").split(",")
        }
        assert changed <= {*PARKING_ATTRIBUTES}, update
        assert not changed & {*COMPARED_ATTRIBUTES, "pk", "sk"}, update


def test_workers_that_open_strangers_files_reach_no_names_no_secrets_and_no_read_models(template: Template) -> None:
    granted = str(template.statements_of("Pricing", "TaskTaskRole"))
    for foreign in ("Contacts", "Board", "Attention", "ApiKeyPepper", "Carrier"):
        assert foreign not in granted


def test_names_and_addresses_are_read_by_those_who_deliver_and_nobody_else(template: Template) -> None:
    readers = {
        each["Ref"].split("Role")[0]
        for policy in template.resources("AWS::IAM::Policy")
        if "ExportsOutputFnGetAttContacts" in str(policy.properties["PolicyDocument"])
        for each in policy.properties["Roles"]
    }
    assert readers == {"Shop", "Mes"}


def test_the_relay_may_leave_failures_but_not_read_or_delete_them(template: Template) -> None:
    assert actions(template.statements_of("Events", "RelayRole"), "s3") == {"s3:PutObject", "s3:ListBucket"}


def test_a_secret_is_read_by_those_who_need_it(template: Template) -> None:
    readers = {
        role["Ref"].split("Role")[0]
        for policy in template.resources("AWS::IAM::Policy")
        if "secretsmanager:GetSecretValue" in str(policy.properties["PolicyDocument"])
        for role in policy.properties["Roles"]
    }
    assert readers == {"Crm", "Authorizer"}


def test_analyses_are_asked_for_by_those_who_price_orders_or_keep_them_moving_and_nobody_else(
    template: Template,
) -> None:
    askers = {
        role["Ref"].split("Role")[0]
        for policy in template.resources("AWS::IAM::Policy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if "sqs:SendMessage" in as_list(statement["Action"]) and "-Pricing:Exports" in str(statement["Resource"])
        for role in policy.properties["Roles"]
    }
    assert askers == {"Shop", "Step", "Sweeper"}
