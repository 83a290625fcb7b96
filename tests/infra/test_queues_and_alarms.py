"""Every message has somewhere to go, and somebody is told when it does not get there."""

from pathlib import Path
from typing import Any

import pytest

from tests.template import Resource, Template

RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "runbooks"


def queues(template: Template) -> list[Resource]:
    return list(template.resources("AWS::SQS::Queue"))


def alarms_of(template: Template, queue: Resource, metric: str) -> list[Resource]:
    name = {"Fn::GetAtt": [queue.logical_id, "QueueName"]}
    return [
        alarm
        for alarm in template.resources("AWS::CloudWatch::Alarm", queue.stack)
        if alarm.properties.get("MetricName") == metric
        and [each["Value"] for each in alarm.properties["Dimensions"]] == [name]
    ]


def test_there_is_one_queue_for_each_consumer(template: Template) -> None:
    work = [str(queue) for queue in queues(template) if "RedrivePolicy" in queue.properties]
    assert [name.split("/")[1][: len(name.split("/")[1]) - 8] for name in sorted(work)] == [
        "BoardQueue",
        "CrmQueue",
        "Queue",
        "OrchestrateQueue",
    ]


def test_every_work_queue_gives_up_after_ten_attempts_into_a_queue_of_its_own(template: Template) -> None:
    targets: list[Any] = []
    for queue in queues(template):
        if redrive := queue.properties.get("RedrivePolicy"):
            assert redrive["maxReceiveCount"] == 10, queue
            targets.append(redrive["deadLetterTargetArn"]["Fn::GetAtt"][0])
    assert len(set(targets)) == len(targets) == 4


def test_every_dead_letter_alarms_at_once_and_again_when_it_is_forgotten(template: Template) -> None:
    dead = [queue for queue in queues(template) if "RedrivePolicy" not in queue.properties]
    assert dead
    for queue in dead:
        visible = alarms_of(template, queue, "ApproximateNumberOfMessagesVisible")
        assert [(alarm.properties["Threshold"], alarm.properties["Period"]) for alarm in visible] == [(0, 60)], queue
        oldest = alarms_of(template, queue, "ApproximateAgeOfOldestMessage")
        assert [alarm.properties["Threshold"] for alarm in oldest] == [3600], queue


def test_every_work_queue_alarms_when_its_messages_grow_old(template: Template) -> None:
    for queue in queues(template):
        if "RedrivePolicy" in queue.properties:
            aged = alarms_of(template, queue, "ApproximateAgeOfOldestMessage")
            expected = 120 if queue.stack == "Pricing" else 60
            assert [alarm.properties["Threshold"] for alarm in aged] == [expected], queue
            assert (aged[0].properties["DatapointsToAlarm"], aged[0].properties["EvaluationPeriods"]) == (3, 5)


def test_every_rule_keeps_what_it_could_not_deliver(template: Template) -> None:
    rules = list(template.resources("AWS::Events::Rule"))
    assert len(rules) == 5
    kept = [target["DeadLetterConfig"]["Arn"] for rule in rules for target in rule.properties["Targets"]]
    assert len({str(arn) for arn in kept}) == len(rules)


def test_a_batch_may_fail_in_part(template: Template) -> None:
    for source in template.resources("AWS::Lambda::EventSourceMapping"):
        assert source.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], source


def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_take(template: Template) -> None:
    for source in template.resources("AWS::Lambda::EventSourceMapping"):
        queue = source.properties["EventSourceArn"].get("Fn::GetAtt", [""])[0]
        if not queue:
            continue  # the stream's
        resources = template.stacks[source.stack]["Resources"]
        function = resources[source.properties["FunctionName"]["Ref"]]["Properties"]
        assert resources[queue]["Properties"]["VisibilityTimeout"] == 6 * function["Timeout"], source


def test_every_alarm_wakes_somebody_and_says_which_page_to_open(template: Template) -> None:
    alarms = list(template.resources("AWS::CloudWatch::Alarm"))
    assert len(alarms) > 40
    for alarm in alarms:
        assert alarm.properties["AlarmActions"], alarm
        if "Service" in alarm.logical_id and "TaskCount" in alarm.logical_id:
            continue  # it wakes the scaling of the service, no person
        page = alarm.properties["AlarmDescription"].rpartition("Runbook: docs/runbooks/")[2].removesuffix(".")
        assert (RUNBOOKS / page).is_file(), f"{alarm} sends its reader to {page}, which does not exist"


@pytest.mark.parametrize(
    "metric",
    [
        "OrdersStuck",
        "SweeperHeartbeat",
        "ExecutionsFailed",
        "ExecutionsTimedOut",
        "ExecutionThrottled",
        "IteratorAge",
        "ReadModelLagSeconds",
        "Throttles",
        "Latency",
        "OnFailureDestinationDeliveredEventCount",
        "AnalysisSeconds",
    ],
)
def test_what_operations_promise_to_watch_is_watched(template: Template, metric: str) -> None:
    assert [
        alarm for alarm in template.resources("AWS::CloudWatch::Alarm") if alarm.properties.get("MetricName") == metric
    ]


@pytest.mark.parametrize("metric", ["OrdersStuck", "SweeperHeartbeat"])
def test_silence_of_the_sweeper_is_itself_an_alarm(template: Template, metric: str) -> None:
    for alarm in template.resources("AWS::CloudWatch::Alarm"):
        if alarm.properties.get("MetricName") == metric:
            assert alarm.properties["TreatMissingData"] == "breaching"


def test_alarms_and_rules_may_use_the_key_of_what_they_send_to(template: Template) -> None:
    policy = template.one("AWS::KMS::Key", "Data", "MessageKey").properties["KeyPolicy"]["Statement"]
    admitted = next(statement for statement in policy if statement.get("Sid") == "AlarmsAndEventsMayBeSent")
    assert admitted["Principal"] == {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]}
    assert "aws:SourceAccount" in admitted["Condition"]["StringEquals"]
