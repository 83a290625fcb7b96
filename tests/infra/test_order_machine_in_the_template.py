"""The order machine as it is deployed is the file that its tests run."""

import json
import re
import subprocess
from pathlib import Path

from infra_cdk.workflow import ORDER_MACHINE
from tests.template import Template

ROOT = Path(__file__).resolve().parents[2]


def test_the_definition_is_the_file(template: Template) -> None:
    machine = template.one("AWS::StepFunctions::StateMachine", "Workflow", "Order").properties
    assert json.loads(machine["DefinitionString"]) == json.loads(ORDER_MACHINE.read_text())
    assert machine["StateMachineType"] == "STANDARD"


def test_everything_the_definition_leaves_open_is_filled_in(template: Template) -> None:
    machine = template.one("AWS::StepFunctions::StateMachine", "Workflow", "Order").properties
    assert set(re.findall(r"\$\{(\w+)\}", ORDER_MACHINE.read_text())) == set(machine["DefinitionSubstitutions"])


def test_the_language_validator_accepts_it() -> None:
    validator = ROOT / "node_modules" / ".bin" / "asl-validator"
    answer = subprocess.run(
        [str(validator), "--json-path", str(ORDER_MACHINE)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_its_logs_hold_no_data_for_data_hold_tokens(template: Template) -> None:
    machine = template.one("AWS::StepFunctions::StateMachine", "Workflow", "Order").properties
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}


def test_an_execution_that_ends_badly_is_told_to_orchestrate(template: Template) -> None:
    rule = template.one("AWS::Events::Rule", "Workflow", "OrchestrateQueueExecutionEnded").properties
    assert "EventBusName" not in rule  # Step Functions speaks on the account's own bus
    assert rule["EventPattern"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    machine = template.one("AWS::StepFunctions::StateMachine", "Workflow", "Order")
    assert rule["EventPattern"]["detail"]["stateMachineArn"] == [{"Ref": machine.logical_id}]
