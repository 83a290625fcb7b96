"""What the template promises as a whole."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns

from infra_cdk.app import compose, guard
from infra_cdk.data import Data
from infra_cdk.pricing import ImageNotPinnedError, Pricing
from infra_cdk.stages import stage_named
from tests.template import Template, as_list

ROOT = Path(__file__).resolve().parents[2]

# Types that the local cloud refuses, or that would make the deployment wait for a function of CDK's own.
ABSENT = {"Custom::", "AWS::CloudFormation::CustomResource", "AWS::Pipes::", "AWS::EC2::NatGateway"}


def test_the_parts_of_the_system_are_each_declared_once(template: Template) -> None:
    assert set(template.stacks) == {"Data", "Events", "Workflow", "Pricing", "Api", "Edge", "Observability"}
    kinds = Counter(resource["Type"] for stack in template.stacks.values() for resource in stack["Resources"].values())
    assert kinds["AWS::DynamoDB::Table"] == 5
    assert kinds["AWS::Cognito::UserPool"] == 2
    assert kinds["AWS::StepFunctions::StateMachine"] == 1
    assert kinds["AWS::ApiGateway::RestApi"] == 1
    assert kinds["AWS::Events::EventBus"] == 1
    assert kinds["AWS::ECS::Service"] == 1
    assert kinds["AWS::Scheduler::Schedule"] == 3
    handlers = [function.properties["Handler"] for function in template.resources("AWS::Lambda::Function")]
    assert (
        sorted(handlers)
        == sorted(set(handlers))
        == [
            "authorizer.partners.handler",
            "board.consumer.handler",
            "crm.app.app",
            "crm.attention.handler",
            "mes.app.app",
            "orders.orchestrate.handler",
            "orders.relay.handler",
            "orders.step.handler",
            "orders.sweeper.handler",
            "shop.app.app",
        ]
    )


def test_no_stack_comes_near_the_limits_of_cloudformation(template: Template) -> None:
    for name, stack in template.stacks.items():
        assert len(stack["Resources"]) <= 400, name  # of 500
        assert len(stack.get("Outputs", {})) <= 150, name  # of 200


def test_nothing_in_it_needs_nat_a_custom_resource_or_a_type_the_local_cloud_refuses(template: Template) -> None:
    kinds = {resource["Type"] for stack in template.stacks.values() for resource in stack["Resources"].values()}
    assert not [kind for kind in kinds for absent in ABSENT if kind.startswith(absent)]


def test_no_two_stacks_give_an_output_the_same_name(template: Template) -> None:
    # The local cloud and the smoke test read outputs by name alone.
    names = [
        name
        for stack in template.stacks.values()
        for name, output in stack.get("Outputs", {}).items()
        if "Export" not in output
    ]
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_what_holds_data_outlives_its_stack(template: Template) -> None:
    kept = (
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::Cognito::UserPool",
        "AWS::KMS::Key",
        "AWS::SecretsManager::Secret",
    )
    for kind in kept:
        for resource in template.resources(kind):
            assert resource.deletion_policy == "Retain", resource


def test_a_finding_that_nobody_accepted_stops_synthesis() -> None:
    app = App()
    guard(app)
    sns.Topic(Stack(app, "Careless"), "Unencrypted")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


def test_cfn_lint_has_nothing_to_say(template: Template) -> None:
    files = [str(path) for path in sorted(template.directory.glob("*.template.json"))]
    lint = subprocess.run(
        [str(Path(sys.executable).with_name("cfn-lint")), "--config-file", str(ROOT / ".cfnlintrc.yaml"), *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout


def test_only_developers_may_do_without_a_published_image() -> None:
    with pytest.raises(ImageNotPinnedError):
        compose(context={"stage": "prod", "aws:cdk:bundling-stacks": []})


def test_prod_runs_the_published_image_and_nothing_that_has_its_name_later() -> None:
    published = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/pricing@sha256:{'a' * 64}"
    app = App()
    guard(app)
    stage = stage_named("prod")
    Pricing(app, "Pricing", stage=stage, data=Data(app, "Data", stage=stage), image=published)
    template = app.synth().get_stack_by_name("Pricing").template
    (task,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::ECS::TaskDefinition")
    assert f"@sha256:{'a' * 64}" in str(task["Properties"]["ContainerDefinitions"][0]["Image"])


def test_an_image_named_by_a_tag_is_refused() -> None:
    app, stage = App(), stage_named("dev")
    with pytest.raises(ImageNotPinnedError):
        Pricing(
            app,
            "Pricing",
            stage=stage,
            data=Data(app, "Data", stage=stage),
            image="123456789012.dkr.ecr.eu-central-1.amazonaws.com/pricing:latest",
        )


@pytest.mark.parametrize("stage", ["production", "local"])
def test_there_are_no_other_stages_than_the_three(stage: str) -> None:
    with pytest.raises(ValueError, match="unknown stage"):
        compose(context={"stage": stage})


def test_every_log_is_kept_for_a_set_time(template: Template) -> None:
    groups = list(template.resources("AWS::Logs::LogGroup"))
    assert groups
    for group in groups:
        assert group.properties["RetentionInDays"] >= 30, group
    for function in template.resources("AWS::Lambda::Function"):
        assert "LogGroup" in function.properties["LoggingConfig"], function


def test_everything_at_rest_is_encrypted_under_our_own_keys(template: Template) -> None:
    for table in template.resources("AWS::DynamoDB::Table"):
        assert table.properties["SSESpecification"]["SSEType"] == "KMS", table
        assert "KMSMasterKeyId" in table.properties["SSESpecification"], table
    for queue in template.resources("AWS::SQS::Queue"):
        assert "KmsMasterKeyId" in queue.properties, queue
    for topic in template.resources("AWS::SNS::Topic"):
        assert "KmsMasterKeyId" in topic.properties, topic
    for secret in template.resources("AWS::SecretsManager::Secret"):
        assert "KmsKeyId" in secret.properties, secret
    for key in template.resources("AWS::KMS::Key"):
        assert key.properties["EnableKeyRotation"] is True, key


def test_every_table_can_be_restored_and_not_deleted(template: Template) -> None:
    for table in template.resources("AWS::DynamoDB::Table"):
        assert table.properties["BillingMode"] == "PAY_PER_REQUEST", table
        assert table.properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True, table
        assert table.properties["DeletionProtectionEnabled"] is True, table


def test_no_bucket_is_public_and_none_is_read_without_tls(template: Template) -> None:
    policies = list(template.resources("AWS::S3::BucketPolicy"))
    for bucket in template.resources("AWS::S3::Bucket"):
        blocked = bucket.properties["PublicAccessBlockConfiguration"]
        assert set(blocked.values()) == {True}, bucket
        assert "BucketEncryption" in bucket.properties, bucket
        own = [each for each in policies if each.properties["Bucket"] == {"Ref": bucket.logical_id}]
        denials = [
            statement
            for policy in own
            for statement in policy.properties["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny" and "aws:SecureTransport" in str(statement)
        ]
        assert denials, bucket


def test_uploads_are_versioned_and_told_of(template: Template) -> None:
    models = template.one("AWS::S3::Bucket", "Data", "Models").properties
    assert models["VersioningConfiguration"] == {"Status": "Enabled"}
    assert models["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert models["CorsConfiguration"]["CorsRules"][0]["AllowedMethods"] == ["GET", "HEAD", "POST"]


def test_pricing_tasks_take_nothing_in_and_speak_https_only(template: Template) -> None:
    groups = list(template.resources("AWS::EC2::SecurityGroup"))
    assert [group.logical_id[:5] for group in groups] == ["Tasks"]
    assert "SecurityGroupIngress" not in groups[0].properties
    assert [(rule["FromPort"], rule["ToPort"]) for rule in groups[0].properties["SecurityGroupEgress"]] == [(443, 443)]
    assert not list(template.resources("AWS::EC2::SecurityGroupIngress"))
    services = [str(each.properties["ServiceName"]) for each in template.resources("AWS::EC2::VPCEndpoint")]
    assert ["s3" in services[0] or "s3" in services[1], len(services)] == [True, 2]


def test_one_task_is_always_warm_and_none_is_cut_off_in_the_middle(template: Template) -> None:
    target = template.one("AWS::ApplicationAutoScaling::ScalableTarget", "Pricing", "Service").properties
    assert target["MinCapacity"] == 1
    container = template.one("AWS::ECS::TaskDefinition", "Pricing", "Task").properties["ContainerDefinitions"][0]
    assert container["StopTimeout"] == 120
    assert container["Command"] == ["python", "-m", "pricing.worker"]


def test_functions_run_on_one_python_and_one_processor_and_are_traced_without_an_sdk(template: Template) -> None:
    for function in template.resources("AWS::Lambda::Function"):
        assert function.properties["Runtime"] == "python3.13", function
        assert function.properties["Architectures"] == ["x86_64"], function
        assert function.properties["TracingConfig"] == {"Mode": "Active"}, function
        assert len(function.properties["Layers"]) == 2, function
    assert "aws-xray-sdk" not in (ROOT / "requirements" / "layer.txt").read_text()


def test_a_stack_brings_its_own_layers_for_an_export_in_use_cannot_change(template: Template) -> None:
    for function in template.resources("AWS::Lambda::Function"):
        for layer in function.properties["Layers"]:
            assert set(layer) == {"Ref"}, f"{function} imports its layer from another stack"


def test_the_sweeper_comes_every_minute_and_sweeps_everything_daily(template: Template) -> None:
    schedules: dict[Any, Any] = {
        each.properties["ScheduleExpression"]: each.properties["Target"]["Input"]
        for each in template.resources("AWS::Scheduler::Schedule")
    }
    assert schedules == {
        "rate(1 minute)": '{"sweep": "due"}',
        "rate(1 day)": '{"sweep": "everything"}',
        "rate(10 minutes)": '{"sweep": "rest"}',
    }


def test_the_relay_sees_new_events_only_and_loses_none(template: Template) -> None:
    source = next(
        each.properties
        for each in template.resources("AWS::Lambda::EventSourceMapping", "Events")
        if "StartingPosition" in each.properties
    )
    assert [each["Pattern"] for each in source["FilterCriteria"]["Filters"]] == [
        '{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"EVENT#"}]}}}}'
    ]
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["BisectBatchOnFunctionError"] is True
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    failures = source["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"]
    assert failures[0].startswith("RelayFailures")


def test_previews_that_workers_write_are_not_taken_for_uploads(template: Template) -> None:
    rule = template.one("AWS::Events::Rule", "Pricing", "QueueUploaded").properties["EventPattern"]
    assert rule["detail"]["object"]["key"] == [{"prefix": "uploads/"}]
    assert as_list(rule["detail-type"]) == ["Object Created"]
