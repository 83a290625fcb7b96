"""Findings of the rule packs that were looked at and accepted, each with its reason."""

from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def accept(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept a finding of cdk-nag on this construct and what is inside it."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def accept_resource(construct: IConstruct, arn: str, reason: str) -> None:
    """Accept that a statement inside `construct` names its resources by a pattern."""
    accept(construct, f"AwsSolutions-IAM5[Resource::{_as_reported(Stack.of(construct).resolve(arn))}]", reason)


def _as_reported(value: Any) -> str:
    """Render an unresolved value as cdk-nag does in the name of a finding."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Fn::ImportValue": name}:
            return str(name)
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_as_reported(part) for part in parts)
    raise TypeError(f"a resource that cdk-nag would report otherwise: {value!r}")
