"""From the log of an order to everybody who wants to know: relay, bus, consumers of read models."""

from collections.abc import Mapping

import jsii
from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra_cdk.constructs.alarms import one_minute
from infra_cdk.constructs.code import Layers
from infra_cdk.constructs.function import METRICS_NAMESPACE, Function
from infra_cdk.constructs.grants import READ, WRITE, grant_items, grant_listing, grant_objects
from infra_cdk.constructs.work_queue import Consumer
from infra_cdk.data import Data
from infra_cdk.stages import Stage

ORDERS_SOURCE = "alexandrite.orders"


@jsii.implements(lambda_.IEventSourceDlq)
class _FailuresTo:
    """A bucket as the destination of a source's failures; CDK's own would let the function read and delete there."""

    def __init__(self, bucket: s3.Bucket) -> None:
        self._bucket = bucket

    def bind(
        self, _target: lambda_.IEventSourceMapping, target_handler: lambda_.IFunction
    ) -> lambda_.DlqDestinationConfig:
        role = target_handler.role
        assert role is not None  # noqa: S101 - narrows the type: functions of this template have a role
        grant_objects(self._bucket, "aws/lambda/", role, "s3:PutObject")
        grant_listing(self._bucket, role)
        return lambda_.DlqDestinationConfig(destination=self._bucket.bucket_arn)


class Events(Stack):
    """The relay and the read models behind it."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, data: Data) -> None:
        super().__init__(scope, construct_id)
        self._stage, self._data = stage, data
        self._layers = Layers(self, "Layers")
        self.bus = events.EventBus(self, "Bus", description="What happened to orders")
        self.relay_failures = self._relay_failures()
        self.relay = self._relay()
        self.board, board_function = self._read_model(
            "Board",
            "BoardQueue",
            "board.consumer.handler",
            {"BOARD_TABLE": data.board},
            "Keeps the board of the workshop",
        )
        self.crm, attention_function = self._read_model(
            "Attention",
            "CrmQueue",
            "crm.attention.handler",
            {"ATTENTION_TABLE": data.attention},
            "Keeps the attention lists of the sellers",
            reads={"COMPANY_TABLE": data.company},
        )
        for name, value in {
            "EventBusName": self.bus.event_bus_name,
            "RelayFailuresBucket": self.relay_failures.bucket_name,
            "RelayFunction": self.relay.function_name,
            "BoardFunction": board_function.function_name,
            "AttentionFunction": attention_function.function_name,
            "BoardQueueUrl": self.board.queue.queue_url,
            "BoardDlqUrl": self.board.dead_letters.queue_url,
            "CrmQueueUrl": self.crm.queue.queue_url,
            "CrmDlqUrl": self.crm.dead_letters.queue_url,
        }.items():
            CfnOutput(self, name, value=value)

    def _relay(self) -> Function:
        relay = Function(
            self,
            "Relay",
            handler="orders.relay.handler",
            stage=self._stage,
            layers=self._layers,
            environment={"EVENT_BUS": self.bus.event_bus_name},
            timeout=Duration.seconds(30),
            description="Publishes the events of orders from the table's stream",
        )
        source = event_sources.DynamoEventSource(
            self._data.orders,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=100,
            filters=[
                lambda_.FilterCriteria.filter(
                    {
                        "eventName": lambda_.FilterRule.is_equal("INSERT"),
                        "dynamodb": {"Keys": {"sk": {"S": lambda_.FilterRule.begins_with("EVENT#")}}},
                    }
                )
            ],
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            # The stream keeps a record for a day; one that blocks its shard for hours is better found in S3.
            retry_attempts=100,
            max_record_age=Duration.hours(6),
            # A queue would hold positions of the stream that expire in a day.
            on_failure=_FailuresTo(self.relay_failures),
            metrics_config=lambda_.MetricsConfig(metrics=[lambda_.MetricType.EVENT_COUNT]),
        )
        relay.add_event_source(source)
        self.bus.grant_put_events_to(relay)
        self._data.pager.watch(
            self,
            "RelayLagTicket",
            metric=relay.metric("IteratorAge", statistic="Maximum", period=Duration.minutes(1)),
            above=Duration.minutes(1).to_milliseconds(),
            periods=3,
            of_periods=5,
            sentence="Events of orders are published more than a minute late.",
            runbook="relay-lag",
        )
        self._data.pager.watch(
            self,
            "RelayLagPage",
            metric=relay.metric("IteratorAge", statistic="Maximum", period=Duration.minutes(1)),
            above=Duration.hours(1).to_milliseconds(),
            sentence="Events of orders are published more than an hour late.",
            runbook="relay-lag",
        )
        self._data.pager.watch(
            self,
            "RelayGaveUp",
            metric=one_minute(
                "OnFailureDestinationDeliveredEventCount",
                "AWS/Lambda",
                "Sum",
                FunctionName=relay.function_name,
                EventSourceMappingUUID=source.event_source_mapping_id,
            ),
            above=0,
            sentence="Events of orders were not published and lie in the bucket of relay failures.",
            runbook="relay-lag",
        )
        return relay

    def _relay_failures(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "RelayFailures",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self._data.data_key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=self._data.access_logs,
            server_access_logs_prefix="relay-failures/",
            removal_policy=RemovalPolicy.RETAIN,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
        )

    def _read_model(
        self,
        construct_id: str,
        queue_id: str,
        handler: str,
        tables: Mapping[str, dynamodb.Table],
        description: str,
        *,
        reads: Mapping[str, dynamodb.Table] | None = None,
    ) -> tuple[Consumer, Function]:
        reads = reads or {}
        function = Function(
            self,
            construct_id,
            handler=handler,
            stage=self._stage,
            layers=self._layers,
            environment={variable: table.table_name for variable, table in {**tables, **reads}.items()},
            timeout=Duration.seconds(30),
            description=description,
        )
        for table in tables.values():
            grant_items(table, function.own_role, *READ, *WRITE)
        for table in reads.values():
            grant_items(table, function.own_role, *READ)
        consumer = Consumer(self, queue_id, function=function, key=self._data.message_key, pager=self._data.pager)
        self._data.pager.watch(
            function,
            "Lag",
            metric=one_minute("ReadModelLagSeconds", METRICS_NAMESPACE, "p99", service=construct_id.lower()),
            above=30,
            periods=5,
            sentence=f"{construct_id} shows orders as they were more than 30 s ago.",
            runbook="read-model-lag",
        )
        consumer.receive("Orders", events.EventPattern(source=[ORDERS_SOURCE]), bus=self.bus)
        return consumer, function
