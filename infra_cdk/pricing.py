"""The workers that look at strangers' files: Fargate tasks on a queue that uploads fill."""

import re

from aws_cdk import Arn, ArnComponents, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra_cdk.constructs.alarms import one_minute
from infra_cdk.constructs.findings import accept, accept_resource
from infra_cdk.constructs.function import METRICS_NAMESPACE
from infra_cdk.constructs.grants import READ, WRITE, grant_items, grant_key, grant_listing, grant_objects
from infra_cdk.constructs.work_queue import WorkQueue
from infra_cdk.data import Data
from infra_cdk.stages import Stage

UPLOADS = "uploads/"
PREVIEWS = "previews/"

# A name that no registry answers to. An environment for developers can be synthesised without an image; deployed to
# AWS, its service fails at once and is rolled back, instead of running something else.
UNPUBLISHED_IMAGE = "unpublished.invalid/pricing"

_PUBLISHED_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[a-z0-9/_-]+)"
    r"@(?P<digest>sha256:[0-9a-f]{64})"
)

# Files one task works on at a time, and how many outstanding files call for how many tasks.
_CONCURRENCY = 2
_STOP_TIMEOUT = Duration.seconds(120)


class ImageNotPinnedError(ValueError):
    """The image is not named by the digest of its content."""


class Pricing(Stack):
    """Queue, network, task and its scaling."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, data: Data, image: str | None) -> None:
        super().__init__(scope, construct_id)
        self._stage, self._data = stage, data
        self.work = self._work_queue()
        self.cluster = ecs.Cluster(
            self, "Cluster", vpc=self._network(), container_insights_v2=ecs.ContainerInsights.ENABLED
        )
        self.service = self._service(self._task(image))
        self._scale()
        self._alarms()
        for name, value in {
            "PricingQueueUrl": self.work.queue.queue_url,
            "PricingDlqUrl": self.work.dead_letters.queue_url,
            "PricingCluster": self.cluster.cluster_name,
            "PricingService": self.service.service_name,
        }.items():
            CfnOutput(self, name, value=value)

    def _work_queue(self) -> WorkQueue:
        work = WorkQueue(
            self,
            "Queue",
            key=self._data.message_key,
            pager=self._data.pager,
            # A worker prolongs it while it works, so this bounds the wait after a worker's death.
            visibility=Duration.seconds(120),
            tolerated_age=Duration.seconds(120),
        )
        # Without the prefix the previews that workers write would come back as files to price.
        work.receive(
            "Uploaded",
            events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [self._data.models.bucket_name]},
                    "object": {"key": [{"prefix": UPLOADS}]},
                },
            ),
        )
        return work

    def _network(self) -> ec2.Vpc:
        # Public subnets without inbound: S3 and DynamoDB through gateways that cost nothing, the rest of AWS by its
        # public addresses. NAT would cost more than the tasks.
        vpc = ec2.Vpc(
            self,
            "Network",
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=22)
            ],
            gateway_endpoints={
                "Files": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "Items": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
            # It would be a custom resource; nothing of ours uses that group.
            restrict_default_security_group=False,
        )
        vpc.add_flow_log(
            "Flows",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                logs.LogGroup(
                    self, "FlowLogs", retention=self._stage.log_retention, removal_policy=RemovalPolicy.DESTROY
                )
            ),
            # What a hostile file tried to reach is what these are for.
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        self._security_group = ec2.SecurityGroup(
            self, "Tasks", vpc=vpc, allow_all_outbound=False, description="Pricing tasks: nothing in, HTTPS out"
        )
        self._security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS endpoints")
        return vpc

    def _task(self, image: str | None) -> ecs.FargateTaskDefinition:
        task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=2048,
            memory_limit_mib=8192,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.X86_64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
        )
        task.add_container(
            "pricing",
            image=self._image(image),
            command=["python", "-m", "pricing.worker"],
            environment={
                "ORDERS_TABLE": self._data.orders.table_name,
                "COMPANY_TABLE": self._data.company.table_name,
                "MODELS_BUCKET": self._data.models.bucket_name,
                "PRICING_QUEUE_URL": self.work.queue.queue_url,
                "PRICING_CONCURRENCY": str(_CONCURRENCY),
                "POWERTOOLS_SERVICE_NAME": "pricing",
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
            },
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix="pricing",
                log_group=logs.LogGroup(
                    self, "Logs", retention=self._stage.log_retention, removal_policy=RemovalPolicy.DESTROY
                ),
            ),
            # Time to give the job back to the queue.
            stop_timeout=_STOP_TIMEOUT,
            readonly_root_filesystem=False,
        )
        accept(task, "AwsSolutions-ECS2", "Names of tables and queues are no secrets, and the task has no other.")
        accept(
            task.obtain_execution_role(),
            "AwsSolutions-IAM5[Resource::*]",
            "A login to ECR is to the whole registry; the image itself is read from its one repository.",
        )
        self._grant(task.task_role)
        return task

    def _image(self, image: str | None) -> ecs.ContainerImage:
        if image is None:
            if not self._stage.is_developers:
                raise ImageNotPinnedError(
                    f"{self._stage.name} needs the image of its workers: -c pricing_image=…@sha256:…"
                )
            return ecs.ContainerImage.from_registry(UNPUBLISHED_IMAGE)
        published = _PUBLISHED_IMAGE.fullmatch(image)
        if published is None:
            raise ImageNotPinnedError(f"{image} is not an image in ECR named by its sha256 digest")
        repository = ecr.Repository.from_repository_attributes(
            self,
            "Repository",
            repository_name=published["repository"],
            repository_arn=Arn.format(
                ArnComponents(
                    partition="aws",
                    service="ecr",
                    region=published["region"],
                    account=published["account"],
                    resource="repository",
                    resource_name=published["repository"],
                )
            ),
        )
        return ecs.ContainerImage.from_ecr_repository(repository, published["digest"])

    def _grant(self, role: iam.IRole) -> None:
        data = self._data
        grant_items(data.orders, role, *READ, *WRITE)
        grant_items(data.company, role, *READ)
        # What is uploaded after its model was deleted goes at once.
        grant_objects(data.models, UPLOADS, role, "s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObjectVersion")
        grant_listing(data.models, role, "s3:ListBucketVersions")
        grant_objects(data.models, PREVIEWS, role, "s3:PutObject")
        self.work.queue.grant_consume_messages(role)
        grant_key(data.message_key, role)
        # A task that works on a file is not the one to stop when the service shrinks.
        tasks = self.format_arn(service="ecs", resource="task", resource_name=f"{self.cluster.cluster_name}/*")
        role.add_to_principal_policy(iam.PolicyStatement(actions=["ecs:UpdateTaskProtection"], resources=[tasks]))
        accept_resource(role, tasks, "A task has no ARN before it starts; the cluster is ours.")

    def _service(self, task: ecs.FargateTaskDefinition) -> ecs.FargateService:
        return ecs.FargateService(
            self,
            "Service",
            cluster=self.cluster,
            task_definition=task,
            desired_count=1,
            assign_public_ip=True,
            security_groups=[self._security_group],
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            enable_ecs_managed_tags=True,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )

    def _scale(self) -> None:
        """One task at least, and as many as the files outstanding call for.

        Files being worked on count too: a task is never called superfluous for having taken the last message.
        """
        most = self._stage.most_pricing_tasks
        scaling = self.service.auto_scale_task_count(min_capacity=1, max_capacity=most)
        outstanding = cloudwatch.MathExpression(
            expression="visible + working",
            label="Files outstanding",
            using_metrics={
                "visible": self.work.queue.metric_approximate_number_of_messages_visible(statistic="Maximum"),
                "working": self.work.queue.metric_approximate_number_of_messages_not_visible(statistic="Maximum"),
            },
            period=Duration.minutes(1),
        )
        scaling.scale_on_metric(
            "Backlog",
            metric=outstanding,
            adjustment_type=autoscaling.AdjustmentType.EXACT_CAPACITY,
            scaling_steps=[
                autoscaling.ScalingInterval(upper=_CONCURRENCY, change=1),
                autoscaling.ScalingInterval(lower=2 * _CONCURRENCY, change=2),
                autoscaling.ScalingInterval(lower=8 * _CONCURRENCY, change=max(2, most // 2)),
                autoscaling.ScalingInterval(lower=32 * _CONCURRENCY, change=most),
            ],
            cooldown=Duration.minutes(2),
        )

    def _alarms(self) -> None:
        watch = self._data.pager.watch
        watch(
            self,
            "Failures",
            metric=cloudwatch.MathExpression(
                expression="100 * FILL(failed, 0) / (FILL(failed, 0) + FILL(analysed, 0) + 0.001)",
                label="Failed analyses, %",
                using_metrics={
                    "failed": one_minute("AnalysesFailed", METRICS_NAMESPACE, "Sum", service="pricing"),
                    "analysed": one_minute("AnalysesFinished", METRICS_NAMESPACE, "Sum", service="pricing"),
                },
                period=Duration.minutes(15),
            ),
            above=1,
            sentence="More than one analysis in a hundred fails.",
            runbook="pricing-failures",
        )
        watch(
            self,
            "Slow",
            metric=one_minute("AnalysisSeconds", METRICS_NAMESPACE, "p95", service="pricing"),
            above=60,
            periods=3,
            of_periods=5,
            sentence="Analyses take longer than a minute.",
            runbook="pricing-slow",
        )
