"""The template's own alarms, from the metrics the system publishes."""

import json
from datetime import UTC, datetime, timedelta


def state(system, alarm):
    (found,) = system.cloud.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return found["StateValue"]


def test_a_waiting_message_raises_the_alarm_of_its_own_queue_only(small, eventually):
    small.cloud.client("sqs").send_message(QueueUrl=small.outputs["OtherQueue"], MessageBody="waiting")
    eventually(lambda: state(small, "OthersWaiting") == "ALARM")
    assert state(small, "UploadsWaiting") != "ALARM"


def test_the_emulator_alone_publishes_no_queue_depth(unadapted):
    unadapted.cloud.client("sqs").send_message(QueueUrl=unadapted.outputs["OtherQueue"], MessageBody="waiting")
    assert not unadapted.cloud.client("cloudwatch").list_metrics(Namespace="AWS/SQS")["Metrics"]


def sign(system, count, desk="front"):
    payload = json.dumps({"desk": desk, "signed": count})
    system.cloud.client("lambda").invoke(FunctionName=system.outputs["Measurer"], Payload=payload)


def test_a_metric_in_a_log_line_raises_its_alarm(small, eventually):
    sign(small, 50, desk="back")
    eventually(lambda: state(small, "ManySigned") == "OK")
    sign(small, 11)
    eventually(lambda: state(small, "ManySigned") == "ALARM")


def test_the_emulator_alone_extracts_no_metric_from_a_log_line(unadapted):
    sign(unadapted, 11)
    assert not unadapted.cloud.client("cloudwatch").list_metrics(Namespace="Small")["Metrics"]


def test_the_emulator_alone_takes_other_dimensions_for_the_metric(unadapted):
    unadapted.cloud.client("cloudwatch").put_metric_data(
        Namespace="Small",
        MetricData=[{"MetricName": "Signed", "Value": 11, "Dimensions": [{"Name": "desk", "Value": "back"}]}],
    )
    assert state(unadapted, "ManySigned") == "ALARM"


def test_a_heartbeat_that_stops_raises_its_alarm(small, eventually):
    eventually(lambda: state(small, "SilentDesk") == "ALARM")
    small.cloud.client("cloudwatch").put_metric_data(
        Namespace="Small", MetricData=[{"MetricName": "Heartbeat", "Value": 1}]
    )
    assert state(small, "SilentDesk") == "OK"


def test_the_emulator_alone_does_not_notice_silence(unadapted):
    assert state(unadapted, "SilentDesk") == "INSUFFICIENT_DATA"


def test_an_alarm_counts_the_periods_that_breach(small):
    alarms = small.cloud.client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName="two-of-three", Namespace="Small", MetricName="Late", Statistic="Maximum", Period=60,
        EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=0, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )  # fmt: skip
    put_late(alarms, minutes_ago=1)
    assert state(small, "two-of-three") == "OK"
    put_late(alarms, minutes_ago=2)
    assert state(small, "two-of-three") == "ALARM"


def put_late(alarms, *, minutes_ago):
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    alarms.put_metric_data(Namespace="Small", MetricData=[{"MetricName": "Late", "Value": 1, "Timestamp": at}])
