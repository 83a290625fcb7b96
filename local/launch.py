"""From an empty directory to a system that answers: emulator, stacks, pricing task, people, partners, origin."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from local import partners, people
from local.cloud import LocalCloud
from local.deployment import synthesise
from local.emulator.settings import REGION

# Shows a person what is being done, for as long as it is.
type Step = Callable[[str], AbstractContextManager[object]]


def description_file(cloud: LocalCloud) -> Path:
    """Where a running cloud is described: beside its directory, `build/local` -> `build/local.json`."""
    return cloud.directory.with_name(f"{cloud.directory.name}.json")


def launch(
    cloud: LocalCloud, *, attached: bool = True, pricing_tasks: int = 1, step: Step = lambda _: nullcontext()
) -> Mapping[str, Any]:
    """Bring up everything and return the description also written to `description_file`.

    Starting again from a directory keeps what a clean stop left there; only what changed is synthesised and deployed.
    """
    with step("Synthesise the template"):
        assembly = synthesise()
    with step("Start the emulator"):
        cloud.start(attached=attached)
    with step("Deploy the stacks"):
        outputs = cloud.deploy(assembly)
    with step("Start pricing"):
        cloud.client("ecs").update_service(
            cluster=outputs["PricingCluster"], service=outputs["PricingService"], desiredCount=pricing_tasks
        )
    with step("Start the origin"):
        cloud.serve()
    with step("Welcome people and partners"):
        people.let_browsers_return(cloud, outputs)
        people.ensure(cloud, outputs)
        return describe(cloud, outputs)


def describe(cloud: LocalCloud, outputs: Mapping[str, str]) -> Mapping[str, Any]:
    """Sign everybody in, write the description and return it; tokens are good for an hour, then describe again."""
    tokens = people.tokens(cloud, outputs)
    description = {
        "base_url": cloud.base_url,
        "emulator_endpoint": cloud.endpoint,
        "region": REGION,
        "outputs": dict(outputs),
        "tokens": tokens,
        "keys": partners.ensure(cloud, tokens["seller"]),
    }
    path = description_file(cloud)
    unfinished = path.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(description, indent=2))
    os.replace(unfinished, path)
    return description
