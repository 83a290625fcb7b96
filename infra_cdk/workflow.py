"""What keeps orders moving without a caller: the order machine, the functions that drive it, the sweeper."""

import json

from aws_cdk import ArnFormat, CfnOutput, CfnResource, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra_cdk.constructs.alarms import one_minute
from infra_cdk.constructs.code import ROOT, Layers
from infra_cdk.constructs.findings import accept, accept_resource
from infra_cdk.constructs.function import METRICS_NAMESPACE, Function
from infra_cdk.constructs.grants import (
    READ,
    WRITE,
    grant_index,
    grant_items,
    grant_key,
    grant_listing,
    grant_objects,
    grant_sending,
)
from infra_cdk.constructs.work_queue import Consumer, DeadLetters
from infra_cdk.data import OPEN_ORDERS_INDEX, Data
from infra_cdk.events import ORDERS_SOURCE, Events
from infra_cdk.pricing import UPLOADS, Pricing
from infra_cdk.stages import Stage

ORDER_MACHINE = ROOT / "statemachines" / "order.asl.json"

# What the machine may set on an order, and what its conditions name: IAM does not tell the two apart, so a test of
# the definition sees to it that `version` is only compared.
PARKING_ATTRIBUTES = ("pk", "sk", "wake_token", "parked_version", "next_check_at", "driver_generation")
COMPARED_ATTRIBUTES = ("version",)


class Workflow(Stack):
    """One execution per order, and what starts, wakes and replaces it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, data: Data, bus: Events, pricing: Pricing
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage, self._data, self._bus, self._pricing = stage, data, bus, pricing
        self._layers = Layers(self, "Layers")
        self._missed_sweeps = DeadLetters(self, "MissedSweeps", key=data.message_key, pager=data.pager)
        self.step = self._step()
        self.machine = self._machine()
        self.orchestrate = self._orchestrate()
        self.sweeper = self._sweeper()
        self.consumer = self._consumer()
        self._schedules()
        self._alarms()
        for name, value in {
            "OrderMachineArn": self.machine.state_machine_arn,
            "StepFunction": self.step.function_name,
            "OrchestrateFunction": self.orchestrate.function_name,
            "SweeperFunction": self.sweeper.function_name,
            "OrchestrateQueueUrl": self.consumer.queue.queue_url,
            "OrchestrateDlqUrl": self.consumer.dead_letters.queue_url,
        }.items():
            CfnOutput(self, name, value=value)

    def _step(self) -> Function:
        data = self._data
        step = Function(
            self,
            "Step",
            handler="orders.step.handler",
            stage=self._stage,
            layers=self._layers,
            environment={
                "ORDERS_TABLE": data.orders.table_name,
                "COMPANY_TABLE": data.company.table_name,
                "PRICING_QUEUE_URL": self._pricing.work.queue.queue_url,
            },
            timeout=Duration.seconds(30),
            description="Takes the automatic steps of the order machine",
        )
        grant_items(data.orders, step.own_role, *READ, *WRITE)
        grant_items(data.company, step.own_role, *READ)
        grant_sending(self._pricing.work.queue, step.own_role)
        return step

    def _orchestrate(self) -> Function:
        orchestrate = Function(
            self,
            "Orchestrate",
            handler="orders.orchestrate.handler",
            stage=self._stage,
            layers=self._layers,
            environment={
                "ORDERS_TABLE": self._data.orders.table_name,
                "ORDER_MACHINE_ARN": self.machine.state_machine_arn,
            },
            timeout=Duration.seconds(30),
            description="Starts, wakes and replaces executions of orders",
        )
        grant_items(self._data.orders, orchestrate.own_role, "dynamodb:GetItem", "dynamodb:UpdateItem")
        self._let_drive(orchestrate)
        return orchestrate

    def _sweeper(self) -> Function:
        data = self._data
        sweeper = Function(
            self,
            "Sweeper",
            handler="orders.sweeper.handler",
            stage=self._stage,
            layers=self._layers,
            environment={
                "ORDERS_TABLE": data.orders.table_name,
                "COMPANY_TABLE": data.company.table_name,
                "ORDER_MACHINE_ARN": self.machine.state_machine_arn,
                "EVENT_BUS": self._bus.bus.event_bus_name,
                "MODELS_BUCKET": data.models.bucket_name,
                "PRICING_QUEUE_URL": self._pricing.work.queue.queue_url,
            },
            timeout=Duration.minutes(5),
            description="Finds and repairs orders nobody drives",
            dead_letters=self._missed_sweeps,
        )
        grant_items(data.orders, sweeper.own_role, *READ, *WRITE)
        grant_index(data.orders, OPEN_ORDERS_INDEX, sweeper.own_role)
        grant_items(data.company, sweeper.own_role, *READ)
        grant_sending(self._pricing.work.queue, sweeper.own_role)
        # To see whether a file has come; S3 knows no permission for looking alone.
        grant_objects(data.models, UPLOADS, sweeper.own_role, "s3:GetObject")
        grant_listing(data.models, sweeper.own_role)
        self._bus.bus.grant_put_events_to(sweeper)
        self._let_drive(sweeper, "states:ListExecutions")
        executions = self.format_arn(
            service="states",
            resource="execution",
            resource_name=f"{self.machine.state_machine_name}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        sweeper.add_to_role_policy(iam.PolicyStatement(actions=["states:DescribeExecution"], resources=[executions]))
        accept_resource(sweeper.own_role, executions, "An execution has no ARN before it starts; the machine is ours.")
        return sweeper

    def _let_drive(self, function: Function, *actions: str) -> None:
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["states:StartExecution", "states:SendTaskSuccess", *actions],
                resources=[self.machine.state_machine_arn],
            )
        )

    def _machine(self) -> sfn.StateMachine:
        machine = sfn.StateMachine(
            self,
            "Order",
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(ORDER_MACHINE.read_text()),
            definition_substitutions={
                "OrdersTable": self._data.orders.table_name,
                "StepFunctionArn": self.step.function_arn,
            },
            comment="Drives one order from submission to its end",
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "OrderLogs",
                    # Names outside this prefix count against the size of the account's log policy.
                    log_group_name=f"/aws/vendedlogs/states/alexandrite-{self._stage.name}-order",
                    retention=self._stage.log_retention,
                    removal_policy=RemovalPolicy.DESTROY,
                ),
                level=sfn.LogLevel.ALL,
                # Data of an execution contain task tokens.
                include_execution_data=False,
            ),
        )
        resource = machine.node.default_child
        assert isinstance(resource, CfnResource)  # noqa: S101 - narrows the type for the checker
        # cfn-lint takes a JSONata expression for a wrong number; the validator of the language and a test know better.
        resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["E3601"]}})
        machine.add_to_role_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.step.function_arn])
        )
        accept(machine, "AwsSolutions-IAM5[Resource::*]", "Traces and the delivery of logs are not resources of IAM.")
        order_items = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ORDER#*"]}}
        machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["dynamodb:GetItem"], resources=[self._data.orders.table_arn], conditions=order_items
            )
        )
        machine.add_to_role_policy(
            iam.PolicyStatement(
                sid="ParkOnly",
                actions=["dynamodb:UpdateItem"],
                resources=[self._data.orders.table_arn],
                conditions={
                    **order_items,
                    "ForAllValues:StringEquals": {"dynamodb:Attributes": [*PARKING_ATTRIBUTES, *COMPARED_ATTRIBUTES]},
                    "StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"]},
                },
            )
        )
        grant_key(self._data.data_key, machine.role)
        return machine

    def _consumer(self) -> Consumer:
        consumer = Consumer(
            self, "OrchestrateQueue", function=self.orchestrate, key=self._data.message_key, pager=self._data.pager
        )
        consumer.receive("Orders", events.EventPattern(source=[ORDERS_SOURCE]), bus=self._bus.bus)
        consumer.receive(
            "ExecutionEnded",
            events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "stateMachineArn": [self.machine.state_machine_arn],
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                },
            ),
        )
        return consumer

    def _schedules(self) -> None:
        scheduled = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": self.account}}
            ),
            description="Starts the sweeper",
        )
        scheduled.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.sweeper.function_arn])
        )
        grant_sending(self._missed_sweeps, scheduled)
        for construct_id, schedule, sweep in (
            ("SweepDue", scheduler.ScheduleExpression.rate(Duration.minutes(1)), "due"),
            ("SweepEverything", scheduler.ScheduleExpression.rate(Duration.days(1)), "everything"),
            ("SweepRest", scheduler.ScheduleExpression.rate(Duration.minutes(10)), "rest"),
        ):
            scheduler.Schedule(
                self,
                construct_id,
                schedule=schedule,
                description=f"Sweeps {sweep}",
                target=scheduler_targets.LambdaInvoke(
                    self.sweeper,
                    input=scheduler.ScheduleTargetInput.from_text(json.dumps({"sweep": sweep})),
                    dead_letter_queue=self._missed_sweeps,
                    # Left alone, it would be given every version of the function.
                    role=scheduled.without_policy_updates(),
                    retry_attempts=2,
                    max_event_age=Duration.minutes(5),
                ),
            )

    def _alarms(self) -> None:
        watch = self._data.pager.watch
        for outcome, metric in {
            "Failed": self.machine.metric_failed(statistic="Sum", period=Duration.minutes(5)),
            "TimedOut": self.machine.metric_timed_out(statistic="Sum", period=Duration.minutes(5)),
            "Throttled": self.machine.metric_throttled(statistic="Sum", period=Duration.minutes(5)),
        }.items():
            watch(
                self,
                f"Executions{outcome}",
                metric=metric,
                above=0,
                sentence=f"Executions of the order machine: {outcome.lower()}.",
                runbook="executions",
            )
        watch(
            self,
            "OrdersStuck",
            metric=one_minute("OrdersStuck", METRICS_NAMESPACE, "Maximum", service="sweeper"),
            above=0,
            periods=2,
            of_periods=5,
            silence_is_alarm=True,
            sentence="Orders stand still past their time.",
            runbook="stuck-orders",
        )
        watch(
            self,
            "SweeperSilent",
            metric=one_minute("SweeperHeartbeat", METRICS_NAMESPACE, "SampleCount", service="sweeper"),
            above=1,
            below=True,
            periods=3,
            silence_is_alarm=True,
            sentence="The sweeper has not run for three minutes.",
            runbook="sweeper-silent",
        )
        watch(
            self,
            "DriverGenerations",
            metric=cloudwatch.MathExpression(
                expression="MAX([FILL(replaced, 0), FILL(repaired, 0)])",
                label="Most generations of an order",
                using_metrics={
                    "replaced": one_minute("DriverGenerations", METRICS_NAMESPACE, "Maximum", service="orchestrate"),
                    "repaired": one_minute("DriverGenerations", METRICS_NAMESPACE, "Maximum", service="sweeper"),
                },
                period=Duration.minutes(1),
            ),
            above=3,
            sentence="An order lost its execution more than three times.",
            runbook="executions",
        )
        for function in (self.step, self.orchestrate, self.sweeper):
            watch(
                function,
                "Throttled",
                metric=function.metric_throttles(statistic="Sum", period=Duration.minutes(1)),
                above=0,
                sentence=f"{function.node.id} was throttled.",
                runbook="throttles",
            )
