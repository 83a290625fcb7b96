"""The stacks of one stage.

    python -m infra_cdk.app                       (stage dev)
    cdk synth -c stage=prod -c pricing_image=…@sha256:…

Contexts: `stage`, and `pricing_image`, the published image of the pricing workers by digest.
"""

from collections.abc import Mapping
from typing import Any

from aws_cdk import App, Tags, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra_cdk.api import Api
from infra_cdk.data import Data
from infra_cdk.edge import Edge
from infra_cdk.events import Events
from infra_cdk.observability import Observability
from infra_cdk.pricing import Pricing
from infra_cdk.stages import stage_named
from infra_cdk.workflow import Workflow

# Here rather than in cdk.json, which only the command line reads: the template must not depend on who synthesises it.
FEATURE_FLAGS: Mapping[str, Any] = {
    "@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId": True,
    "@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard": True,
    "@aws-cdk/aws-cloudfront:defaultFunctionRuntimeV2_0": True,
    "@aws-cdk/aws-dynamodb:retainTableReplica": True,
    "@aws-cdk/aws-ecs:arnFormatIncludesClusterName": True,
    "@aws-cdk/aws-ecs:disableExplicitDeploymentControllerForCircuitBreaker": True,
    "@aws-cdk/aws-ecs:reduceEc2FargateCloudWatchPermissions": True,
    "@aws-cdk/aws-events:eventsTargetQueueSameAccount": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-kms:aliasNameRef": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-s3:createDefaultLoggingPolicy": True,
    "@aws-cdk/aws-s3:publicAccessBlockedByDefault": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:enablePartitionLiterals": True,
    "@aws-cdk/core:explicitStackTags": True,
    "@aws-cdk/core:target-partitions": ["aws"],
    "@aws-cdk/core:validateAgainstDefaultRules": True,
}


def compose(outdir: str | None = None, context: Mapping[str, Any] | None = None) -> App:
    """Return the app with all stacks of the stage its context names; what the command line gave with `-c` wins."""
    app = App(outdir=outdir, context={**FEATURE_FLAGS, **(context or {})}, analytics_reporting=False)
    stage = stage_named(app.node.try_get_context("stage") or "dev")
    prefix = f"Alexandrite-{stage.name}"
    data = Data(app, f"{prefix}-Data", stage=stage)
    events = Events(app, f"{prefix}-Events", stage=stage, data=data)
    pricing = Pricing(app, f"{prefix}-Pricing", stage=stage, data=data, image=app.node.try_get_context("pricing_image"))
    workflow = Workflow(app, f"{prefix}-Workflow", stage=stage, data=data, bus=events, pricing=pricing)
    api = Api(app, f"{prefix}-Api", stage=stage, data=data, pricing=pricing)
    Edge(app, f"{prefix}-Edge", stage=stage)
    Observability(
        app, f"{prefix}-Observability", stage=stage, events=events, workflow=workflow, api=api, pricing=pricing
    )
    Tags.of(app).add("product", "alexandrite")
    Tags.of(app).add("stage", stage.name)
    guard(app)
    return app


def guard(app: App) -> None:
    """Let synthesis fail over a finding of the rule packs that nobody accepted with a reason."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


if __name__ == "__main__":
    compose().synth()
