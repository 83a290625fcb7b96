"""A local cloud of its own, with a small system that uses what the product's template uses."""

import io
import json
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.cloud import LocalCloud

HERE = Path(__file__).parent
SMALL = HERE / "small_system"
WORKER = {"worker": {"command": [sys.executable, str(SMALL / "task.py")]}}


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


def small_template() -> dict[str, Any]:
    return json.loads((SMALL / "template.json").read_text())


def deploy_small_system(cloud: LocalCloud, template: dict[str, Any]) -> SmallSystem:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="artifacts")
    for name in ("greeter", "clerk"):
        s3.put_object(Bucket="artifacts", Key=f"{name}.zip", Body=zipped(SMALL / "functions" / name, name))
    s3.put_object(Bucket="artifacts", Key="layer.zip", Body=zipped(SMALL / "layer"))
    return SmallSystem(cloud, create_stack(cloud, "small", template))


def without(template: dict[str, Any], *types: str) -> dict[str, Any]:
    """The template less the resources of some types."""
    kept = {name: each for name, each in template["Resources"].items() if each["Type"] not in types}
    return {**template, "Resources": kept}


def create_stack(cloud: LocalCloud, name: str, template: dict[str, Any]) -> dict[str, str]:
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 100})
    (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSystem]:
    with LocalCloud(tmp_path_factory.mktemp("cloud"), images=WORKER) as cloud:
        yield deploy_small_system(cloud, small_template())


REFUSED = ("ApplicationAutoScaling::ScalableTarget", "ApplicationAutoScaling::ScalingPolicy")
REFUSED += ("CloudWatch::CompositeAlarm", "Events::Archive")


def deploy_to_unadapted(cloud: LocalCloud) -> SmallSystem:
    """As much of the small system as the emulator takes as it comes."""
    return deploy_small_system(cloud, without(small_template(), *(f"AWS::{name}" for name in REFUSED)))


@pytest.fixture(scope="session")
def unadapted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSystem]:
    with LocalCloud(tmp_path_factory.mktemp("plain"), adapted=False) as cloud:
        yield deploy_to_unadapted(cloud)


@pytest.fixture
def unadapted_again(tmp_path: Path) -> Callable[[], LocalCloud]:
    return lambda: LocalCloud(tmp_path / "plain", adapted=False)


@pytest.fixture
def deploy_what_it_takes() -> Callable[[LocalCloud], SmallSystem]:
    return deploy_to_unadapted


@pytest.fixture
def again(tmp_path: Path) -> Callable[[], LocalCloud]:
    """Clouds in this test's directory, one after the other: the next one finds what the last one left."""
    return lambda: LocalCloud(tmp_path / "cloud", images=WORKER)


@pytest.fixture
def deploy() -> Callable[[LocalCloud], SmallSystem]:
    return lambda cloud: deploy_small_system(cloud, small_template())


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Asks again and again until the answer is true, and fails with the last one after the time given."""

    def ask(question: Callable[[], Any], *, seconds: float = 15) -> Any:
        deadline = time.monotonic() + seconds
        while True:
            answer = question()
            if answer or time.monotonic() > deadline:
                assert answer, "it did not happen"
                return answer
            time.sleep(0.05)

    return ask
