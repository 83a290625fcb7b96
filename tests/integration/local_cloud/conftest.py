"""A local cloud of its own, with a small system that uses what the product's template uses."""

import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.cloud import LocalCloud

HERE = Path(__file__).parent
SMALL = HERE / "small_system"
WORKER = {"worker": [sys.executable, str(SMALL / "task.py")]}


@dataclass
class SmallSystem:
    """The small system deployed to a running cloud."""

    cloud: LocalCloud
    outputs: dict[str, str]

    def api(self, path: str) -> str:
        return f"{self.cloud.endpoint}/_aws/execute-api/{self.outputs['Api']}/api{path}"


def zipped(folder: Path, under: str = "") -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        for file in sorted(folder.rglob("*.py")):
            content.write(file, str(Path(under) / file.relative_to(folder)))
    return archive.getvalue()


def deploy_small_system(cloud: LocalCloud) -> SmallSystem:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="artifacts")
    for name in ("greeter", "clerk"):
        s3.put_object(Bucket="artifacts", Key=f"{name}.zip", Body=zipped(SMALL / "functions" / name, name))
    s3.put_object(Bucket="artifacts", Key="layer.zip", Body=zipped(SMALL / "layer"))
    return SmallSystem(cloud, create_stack(cloud, "small", json.loads((SMALL / "template.json").read_text())))


def create_stack(cloud: LocalCloud, name: str, template: dict[str, Any]) -> dict[str, str]:
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 100})
    (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSystem]:
    with LocalCloud(tmp_path_factory.mktemp("cloud"), commands=WORKER) as cloud:
        yield deploy_small_system(cloud)


@pytest.fixture
def own_cloud(tmp_path: Path) -> Callable[[], LocalCloud]:
    """Clouds in this test's directory, one after the other: the next one finds what the last one left."""
    return lambda: LocalCloud(tmp_path / "cloud", commands=WORKER)
