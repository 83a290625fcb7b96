"""Alarms: each wakes somebody and says which page to open."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct


class Pager(Construct):
    """The topic engineers listen to, and the way to hang an alarm on it."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        # CloudWatch cannot publish to a topic under SQS's and SNS's own keys, hence a customer key that admits it.
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True, display_name="Alexandrite alarms")

    def watch(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metric: cloudwatch.IMetric,
        above: float,
        sentence: str,
        runbook: str,
        periods: int = 1,
        of_periods: int | None = None,
        below: bool = False,
        silence_is_alarm: bool = False,
    ) -> cloudwatch.Alarm:
        """Alarm when `metric` is above (or `below` it) the bound for `periods` of `of_periods`.

        `runbook` is the name of a page in docs/runbooks.
        """
        alarm = cloudwatch.Alarm(
            scope,
            construct_id,
            metric=metric,
            threshold=above,
            comparison_operator=(
                cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
                if below
                else cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
            ),
            datapoints_to_alarm=periods,
            evaluation_periods=of_periods or periods,
            treat_missing_data=(
                cloudwatch.TreatMissingData.BREACHING if silence_is_alarm else cloudwatch.TreatMissingData.NOT_BREACHING
            ),
            alarm_description=f"{sentence} Runbook: docs/runbooks/{runbook}.md",
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))
        return alarm


def one_minute(name: str, namespace: str, statistic: str, **dimensions: str) -> cloudwatch.Metric:
    """A metric looked at minute by minute."""
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        statistic=statistic,
        dimensions_map=dimensions or None,
        period=Duration.minutes(1),
    )
