"""When an alarm is in ALARM, and what metric math makes of series."""

import pytest

from local.emulator import alarm_rules

ABOVE_ZERO = {"comparison": "GreaterThanThreshold", "threshold": 0, "before": "OK"}


@pytest.mark.parametrize(
    ("values", "needed", "missing", "expected"),
    [
        ([1, 0, 0], 1, "missing", "ALARM"),
        ([1, 0, 0], 2, "missing", "OK"),
        ([1, None, 1], 2, "missing", "ALARM"),
        ([None, None], 1, "missing", "INSUFFICIENT_DATA"),
        ([None, None], 1, "ignore", "OK"),
        ([None, None], 2, "breaching", "ALARM"),
        ([0, None], 2, "breaching", "OK"),
        ([None, None], 1, "notBreaching", "OK"),
    ],
)
def test_an_alarm_counts_breaching_periods_and_treats_missing_ones_as_told(values, needed, missing, expected):
    assert alarm_rules.state(values, needed=needed, missing=missing, **ABOVE_ZERO) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 + m2", [11, None]),
        ("m1 / FILL(m2, 2)", [0.1, 1.0]),
        ("100 * m1 / (m1 + FILL(m2, 0))", [pytest.approx(9.0909, rel=1e-3), 100]),
        ("m1 / 0", [None, None]),
        ("IF(m1 > 1, 1, 0)", [0, 1]),
        ("IF(m1 > 1 AND m1 < 3, 5)", [None, 5]),
        ("SUM([m1, m2])", [11, 2]),
        ("SUM(METRICS())", [11, 2]),
        ("MAX([m1, m2]) - 1", [9, 1]),
        ("-m1 ^ 2", [-1, -4]),
    ],
)
def test_metric_math_is_evaluated_period_by_period(expression, expected):
    assert alarm_rules.mathematics(expression, {"m1": [1, 2], "m2": [10, None]}) == expected


def test_an_expression_names_the_series_it_needs():
    assert alarm_rules.names("IF(m1 > 0, FILL(e1, 0))") == {"m1", "e1"}


def test_what_is_not_known_is_refused():
    with pytest.raises(alarm_rules.UnknownMathError):
        alarm_rules.mathematics("ANOMALY_DETECTION_BAND(m1)", {"m1": [1]})
