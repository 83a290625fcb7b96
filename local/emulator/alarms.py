"""Alarms that watch the metric they name.

The emulator takes all datapoints of a metric's name whatever their dimensions, throws the periods of an alarm into one
and knows neither missing data nor metric math. With it, one waiting message would raise the alarm of every queue.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

from local.emulator import alarm_rules
from local.emulator.alarm_rules import Series, State

_log = logging.getLogger("alexandrite.alarms")

_EVERY_SECONDS = 2.0
_LOOKED_AT = 5000


@dataclass(frozen=True)
class Windows:
    """How many periods an alarm looks at, the last one ending now."""

    count: int
    now: float


def _series(metric: Mapping[str, Any], statistic: str, period: int, windows: Windows) -> Series:
    """`metric` is the Metric of CloudWatch's API: Namespace, MetricName, Dimensions."""
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or []}
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))
    # The last of them reach further back than any window; older ones are only kept.
    points = (cloudwatch._metrics.get(key) or [])[-_LOOKED_AT:]
    found: list[float | None] = []
    for window in range(windows.count):
        end = windows.now - window * period
        inside = [point for point in points if end - period < point["Timestamp"] <= end]
        found.append(cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside) if inside else None)
    return found


def _mathematics(queries: Sequence[Mapping[str, Any]], windows: Windows) -> Series:
    series: dict[str, Series] = {}
    for query in queries:
        if stat := query.get("MetricStat"):
            series[query["Id"]] = _series(stat["Metric"], stat["Stat"], int(stat["Period"]), windows)
    # Expressions may use one another; as many rounds as there are expressions settle every order.
    expressions = {query["Id"]: query["Expression"] for query in queries if query.get("Expression")}
    for _ in expressions:
        for identifier, expression in expressions.items():
            if alarm_rules.names(expression) <= series.keys():
                series[identifier] = alarm_rules.mathematics(expression, series)
    return series[alarm_rules.primary(queries)["Id"]]


def _values(alarm: Mapping[str, Any]) -> Series:
    windows = Windows(int(alarm.get("EvaluationPeriods") or 1), time.time())
    if alarm.get("Metrics"):
        return _mathematics(alarm["Metrics"], windows)
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return _series(alarm, statistic, int(alarm.get("Period") or 60), windows)


def _evaluate(alarm: dict[str, Any]) -> None:
    values = _values(alarm)
    before: State = alarm["StateValue"]
    after = alarm_rules.state(
        values,
        comparison=alarm["ComparisonOperator"],
        threshold=float(alarm["Threshold"]),
        needed=int(alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods") or 1),
        missing=alarm.get("TreatMissingData") or "missing",
        before=before,
    )
    if after == before:
        return
    reason = f"{alarm['ComparisonOperator']} {alarm['Threshold']}: {['none' if v is None else v for v in values]}"
    alarm.update(StateValue=after, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], before, after, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, after, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
    _log.info("%s is %s: %s", alarm["AlarmName"], after, reason)


def _evaluate_logged(alarm: dict[str, Any]) -> None:
    try:
        _evaluate(alarm)
    except (alarm_rules.UnknownMathError, KeyError, SyntaxError) as error:
        _log.warning("%s cannot be evaluated: %r", alarm.get("AlarmName"), error)


def _accept_mathematics() -> None:
    record = provisioners._cw_metric_alarm_record

    def metric_alarm_record(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        if not properties.get("Metrics"):
            alarm: dict[str, Any] = record(name, properties)
            return alarm
        single = {key: value for key, value in properties.items() if key != "Metrics"}
        alarm = record(name, {**single, "MetricName": "-", "Namespace": "-"})
        return {**alarm, "MetricName": None, "Namespace": None, "Metrics": properties["Metrics"]}

    provisioners._cw_metric_alarm_record = metric_alarm_record


def _evaluate_for_ever() -> None:
    """Missing data comes with time, not with a request."""
    while True:
        time.sleep(_EVERY_SECONDS)
        for (account, region, _name), alarm in cloudwatch._alarms.all_items():
            with request_scope(account, region):
                cloudwatch._evaluate_alarm(alarm)


def install() -> None:
    """Evaluate alarms by CloudWatch's rules, at every metric and as time goes by."""
    _accept_mathematics()
    cloudwatch._evaluate_alarm = _evaluate_logged
    threading.Thread(target=_evaluate_for_ever, daemon=True, name="alarms").start()
