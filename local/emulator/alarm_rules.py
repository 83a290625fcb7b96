"""When an alarm is in ALARM: CloudWatch's rules over datapoints, as pure functions.

Windows slide with the clock instead of standing on whole minutes: an alarm then needs no more than its own periods to
change. Source of the rules: "Evaluating an alarm" and "Configuring how alarms treat missing data" in the CloudWatch
user guide. Not covered: anomaly bands, SEARCH, and the extra datapoints CloudWatch retrieves beyond the range.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

type State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
# One value per window, newest first; None where there is no data.
type Series = Sequence[float | None]

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class UnknownMathError(ValueError):
    """An expression uses what this evaluation does not know."""


def state(  # the parameters are the fields of PutMetricAlarm
    values: Series, *, comparison: str, threshold: float, needed: int, missing: str, before: State
) -> State:
    """The state of an alarm whose windows hold `values`, `needed` of which must breach.

    `missing` is TreatMissingData, `before` the state so far.
    """
    breaches = _COMPARISONS[comparison]
    known = [breaches(value, threshold) for value in values if value is not None]
    if not known and missing in ("missing", "ignore"):
        return before if missing == "ignore" else "INSUFFICIENT_DATA"
    breaching = sum(known)
    if missing == "breaching":
        breaching += len(values) - len(known)
    return "ALARM" if breaching >= needed else "OK"


def mathematics(expression: str, series: Mapping[str, Series]) -> Series:
    """The value of a metric math expression in each window, from the series its identifiers name."""
    tree = ast.parse(_as_python(expression), mode="eval").body
    windows = max((len(values) for values in series.values()), default=0)
    return [_value(tree, {name: values[at] for name, values in series.items()}) for at in range(windows)]


def names(expression: str) -> set[str]:
    """The identifiers an expression needs."""
    tree = ast.parse(_as_python(expression), mode="eval")
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}


_SPELLINGS = (
    (r"\bAND\b|&&", " and "),
    (r"\bOR\b|\|\|", " or "),
    (r"\^", "**"),
    (r"\bIF\(", "IF_("),
)


def _as_python(expression: str) -> str:
    for pattern, replacement in _SPELLINGS:
        expression = re.sub(pattern, replacement, expression)
    return expression.strip()


_BINARY: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}

_AGGREGATES: Mapping[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}


def _value(node: ast.AST, window: Mapping[str, float | None]) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return window[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = _value(operand, window)
            return None if value is None else -value
        case ast.BinOp(left=left, op=sign, right=right):
            return _combined(sign, _value(left, window), _value(right, window))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _combined(sign, _value(left, window), _value(right, window))
        case ast.BoolOp(op=sign, values=nodes):
            values = [bool(_value(each, window)) for each in nodes]
            return float(all(values) if isinstance(sign, ast.And) else any(values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments, window)
        case _:
            raise UnknownMathError(ast.unparse(node))


def _combined(sign: ast.AST, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    if isinstance(sign, ast.Div):
        return left / right if right else None
    if type(sign) not in _BINARY:
        raise UnknownMathError(type(sign).__name__)
    return float(_BINARY[type(sign)](left, right))


def _called(name: str, arguments: Sequence[ast.expr], window: Mapping[str, float | None]) -> float | None:
    match name, arguments:
        case "FILL", [filled, default]:
            value = _value(filled, window)
            return _value(default, window) if value is None else value
        case "IF_", [condition, then, *otherwise]:
            if _value(condition, window):
                return _value(then, window)
            return _value(otherwise[0], window) if otherwise else None
        case _ if name in _AGGREGATES:
            values = [value for node in _listed(arguments) for value in _several(node, window) if value is not None]
            return float(_AGGREGATES[name](values)) if values else None
        case _:
            raise UnknownMathError(name)


def _listed(arguments: Sequence[ast.expr]) -> Sequence[ast.expr]:
    return arguments[0].elts if len(arguments) == 1 and isinstance(arguments[0], ast.List) else arguments


def _several(node: ast.expr, window: Mapping[str, float | None]) -> Sequence[float | None]:
    match node:
        case ast.Call(func=ast.Name(id="METRICS"), args=[]):
            return list(window.values())
        case ast.Call(func=ast.Name(id="METRICS"), args=[ast.Constant(value=str() as part)]):
            return [value for name, value in window.items() if part in name]
        case _:
            return [_value(node, window)]


def primary(queries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The query of a metric math alarm that the threshold is compared with."""
    return next(query for query in queries if query.get("ReturnData", True))
