"""Resource types the emulator refuses, accepted as no-ops.

Scaling, composite alarms, web ACL associations and archives change nothing that can be observed on one machine, but a
template that names one of them is refused as a whole. They are recorded under an identifier and logged.
"""

import logging
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

_log = logging.getLogger("alexandrite.absent_types")

# Type -> the attributes a template may read from it with Fn::GetAtt.
ABSENT_TYPES: Mapping[str, tuple[str, ...]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ("Id",),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ("Arn",),
    "AWS::Budgets::Budget": (),
    "AWS::CloudWatch::CompositeAlarm": ("Arn",),
    "AWS::CodeDeploy::Application": (),
    "AWS::CodeDeploy::DeploymentConfig": (),
    "AWS::CodeDeploy::DeploymentGroup": (),
    "AWS::EC2::FlowLog": ("Id",),
    "AWS::Events::Archive": ("Arn", "ArchiveName"),
    "AWS::WAFv2::LoggingConfiguration": (),
    "AWS::WAFv2::WebACLAssociation": (),
}


def _create(resource_type: str, logical_id: str, stack_name: str) -> tuple[str, dict[str, str]]:
    service = resource_type.split("::")[1].lower()
    identifier = f"{stack_name}-{logical_id}"
    arn = f"arn:aws:{service}:{get_region()}:{get_account_id()}:{identifier}"
    _log.info("%s %s has no local counterpart: recorded, not created", resource_type, logical_id)
    return identifier, {name: arn if name.endswith("Arn") else identifier for name in ABSENT_TYPES[resource_type]}


def _handler(resource_type: str) -> dict[str, Any]:
    def create(logical_id: str, _properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
        return _create(resource_type, logical_id, stack_name)

    def update(
        physical_id: str, _old: dict[str, Any], _new: dict[str, Any], _stack_name: str
    ) -> tuple[str, dict[str, str]]:
        arn = f"arn:aws:{resource_type.split('::')[1].lower()}:{get_region()}:{get_account_id()}:{physical_id}"
        return physical_id, {n: arn if n.endswith("Arn") else physical_id for n in ABSENT_TYPES[resource_type]}

    def delete(_physical_id: str, _properties: dict[str, Any]) -> None:
        return None

    return {"create": create, "update": update, "delete": delete}


def install() -> None:
    """Register a no-op for every absent type the emulator does not know by itself."""
    for resource_type in ABSENT_TYPES:
        provisioners._RESOURCE_HANDLERS.setdefault(resource_type, _handler(resource_type))
