"""Delivery to one consumer: buffer, retry, dead letters and the alarms of all three."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.constructs.alarms import Pager
from infra_cdk.constructs.findings import accept
from infra_cdk.constructs.function import Function

# A message that failed this often is somebody's to look at; less would make dead letters of a short outage.
MAX_RECEIVE_COUNT = 10
_RETENTION = Duration.days(14)


class DeadLetters(sqs.Queue):
    """Where messages wait for a person; a single one alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, pager: Pager) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=_RETENTION,
        )
        accept(self, "AwsSolutions-SQS3", "This is a dead-letter queue: what is in it waits for a person.")
        accept(self, "Serverless-SQSRedrivePolicy", "This is a dead-letter queue: what is in it waits for a person.")
        pager.watch(
            self,
            "Visible",
            metric=self.metric_approximate_number_of_messages_visible(statistic="Maximum", period=Duration.minutes(1)),
            above=0,
            sentence=f"A message could not be handled ({construct_id}).",
            runbook="dead-letters",
        )
        pager.watch(
            self,
            "Oldest",
            metric=self.metric_approximate_age_of_oldest_message(statistic="Maximum", period=Duration.minutes(1)),
            above=Duration.hours(1).to_seconds(),
            sentence=f"A dead letter waits for more than an hour ({construct_id}).",
            runbook="dead-letters",
        )


class WorkQueue(Construct):
    """A queue with its dead letters, and rules that fill it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        pager: Pager,
        visibility: Duration,
        tolerated_age: Duration,
    ) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self._pager = pager
        self.dead_letters = DeadLetters(self, "DeadLetters", key=key, pager=pager)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=_RETENTION,
            visibility_timeout=visibility,
            receive_message_wait_time=Duration.seconds(20),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=MAX_RECEIVE_COUNT),
        )
        pager.watch(
            self,
            "Age",
            metric=self.queue.metric_approximate_age_of_oldest_message(statistic="Maximum", period=Duration.minutes(1)),
            above=tolerated_age.to_seconds(),
            periods=3,
            of_periods=5,
            sentence=f"Messages wait too long for {construct_id.lower()}.",
            runbook="queue-age",
        )

    def receive(self, rule_id: str, pattern: events.EventPattern, *, bus: events.IEventBus | None = None) -> None:
        """Fill the queue with what matches on `bus` (the account's own bus when none is given)."""
        undelivered = DeadLetters(self, f"{rule_id}Undelivered", key=self._key, pager=self._pager)
        events.Rule(
            self,
            rule_id,
            event_bus=bus,
            event_pattern=pattern,
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=undelivered)],
        )


class Consumer(WorkQueue):
    """A work queue served by a function that answers for each message by itself."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: Function,
        key: kms.IKey,
        pager: Pager,
        batch_size: int = 10,
        max_concurrency: int | None = None,
    ) -> None:
        timeout = function.timeout or Duration.seconds(3)
        super().__init__(
            scope,
            construct_id,
            key=key,
            pager=pager,
            # Six times the function's, as Lambda asks: a throttled batch is retried before it shows up again.
            visibility=Duration.seconds(6 * timeout.to_seconds()),
            tolerated_age=Duration.seconds(60),
        )
        accept(
            function,
            "Serverless-LambdaEventSourceMappingDestination",
            "The queue keeps what cannot be handled as dead letters; a destination is for streams.",
        )
        function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=batch_size,
                report_batch_item_failures=True,
                max_concurrency=max_concurrency,
            )
        )
