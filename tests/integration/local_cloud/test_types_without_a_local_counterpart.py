"""Resource types that mean nothing on one machine."""

import botocore.exceptions
import pytest


def test_a_stack_with_scaling_composite_alarms_and_archives_deploys(small):
    resources = small.cloud.client("cloudformation").describe_stack_resources(StackName="small")["StackResources"]
    states = {each["ResourceType"]: each["ResourceStatus"] for each in resources}
    for name in ("ApplicationAutoScaling::ScalingPolicy", "CloudWatch::CompositeAlarm", "Events::Archive"):
        assert states[f"AWS::{name}"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    "name",
    [
        "ApplicationAutoScaling::ScalableTarget",
        "ApplicationAutoScaling::ScalingPolicy",
        "CloudWatch::CompositeAlarm",
        "Events::Archive",
        "WAFv2::WebACLAssociation",
    ],
)
def test_the_emulator_alone_refuses_the_type(unadapted, name):
    template = f'{{"Resources": {{"One": {{"Type": "AWS::{name}"}}}}}}'
    with pytest.raises(botocore.exceptions.ClientError, match="Unrecognized resource types"):
        unadapted.cloud.client("cloudformation").create_stack(StackName="refused", TemplateBody=template)
