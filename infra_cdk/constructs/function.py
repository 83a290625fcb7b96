"""A Lambda function as every one of ours is."""

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.constructs.code import ARCHITECTURE, RUNTIME, Layers, folder_code
from infra_cdk.constructs.findings import accept
from infra_cdk.stages import Stage

# Of every metric the product publishes itself.
METRICS_NAMESPACE = "Alexandrite"


class Function(lambda_.Function):
    """A handler with its folder, the layers, a role of its own, kept logs, and tracing on the resource.

    `handler` names folder, module and attribute: `orders.relay.handler`. Only a function that is called without
    anybody waiting for its answer needs `dead_letters`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        stage: Stage,
        layers: Layers,
        environment: Mapping[str, str],
        timeout: Duration,
        memory_mb: int = 512,
        description: str,
        dead_letters: sqs.IQueue | None = None,
    ) -> None:
        log_group = logs.LogGroup(
            scope,
            f"{construct_id}Logs",
            retention=stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            scope,
            f"{construct_id}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Of {handler}",
        )
        folder = handler.split(".", 1)[0]
        super().__init__(
            scope,
            construct_id,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler=handler,
            code=folder_code(folder),
            layers=layers.versions,
            role=role,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            # Active tracing is a property of the resource; the functions carry no tracing SDK.
            tracing=lambda_.Tracing.ACTIVE,
            timeout=timeout,
            memory_size=memory_mb,
            description=description,
            dead_letter_queue=dead_letters,
            environment={
                "POWERTOOLS_SERVICE_NAME": construct_id.lower(),
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                **environment,
            },
        )
        log_group.grant_write(role)
        # The class above knows a role that may be missing; ours is always there.
        self.own_role = role
        if dead_letters is None:
            accept(self, "Serverless-LambdaDLQ", "Whoever calls it waits for the answer, or keeps dead letters itself.")
        for rule in ("AwsSolutions-L1", "Serverless-LambdaLatestVersion"):
            accept(self, rule, "One Python for functions, image and the local system: 3.13.")
        accept(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "X-Ray's actions know no resources; every statement of ours names its own.",
        )
