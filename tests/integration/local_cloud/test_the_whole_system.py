"""The product's own template, deployed unmodified, with an order through it and a stop in the middle."""

import json

import httpx
import pytest

from local.cloud import LocalCloud
from local.deployment import local_stacks
from local.journey import Travellers, travel
from local.launch import description_file, launch
from local.processes import ROOT
from local.ring import write_stl


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("product") / "cloud"


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    return write_stl(tmp_path_factory.mktemp("models") / "ring.stl")


@pytest.fixture(scope="module")
def product(directory):
    cloud = LocalCloud(directory)
    launch(cloud)
    yield cloud
    cloud.stop()


def test_every_stack_but_the_edge_is_deployed_as_synthesised(product):
    names = local_stacks(ROOT / "build" / "assembly")
    formation = product.client("cloudformation")
    states = {name: formation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] for name in names}
    assert set(states.values()) == {"CREATE_COMPLETE"}
    assert not any(name.endswith("-Edge") for name in names)


def test_the_description_holds_what_a_client_needs(product):
    described = json.loads(description_file(product).read_text())
    assert described["base_url"] == product.base_url
    assert len(described["tokens"]["customers"]) == len(described["tokens"]["operators"]) == 2
    assert described["keys"]["amber-house"]["test"].startswith("ak_test_")
    assert description_file(product).stat().st_mode & 0o077 == 0


def test_a_partner_s_key_opens_the_open_api(product):
    key = json.loads(description_file(product).read_text())["keys"]["northern-lights"]["live"]
    limits = f"{product.base_url}/api/partner/v1/limits"
    assert httpx.get(limits, headers={"Authorization": f"Bearer {key}"}, timeout=60).status_code == 200
    assert httpx.get(limits, headers={"Authorization": f"Bearer {key}x"}, timeout=60).status_code in (401, 403)


def test_an_order_travels_from_initiated_to_closed(product, ring):
    said = []
    travel(Travellers.described(product), [ring], said.append, unit="mm")
    statuses = [line.split(" s  ")[1][:25].strip() for line in said if " s  " in line]
    assert [status for status in statuses if status] == [
        "INITIATED",
        "FILE_UPLOADED",
        "SUBMITTED",
        "PRICE_CALCULATED",
        "MANUFACTURING_APPROVED",
        "MANUFACTURING_STARTED",
        "MANUFACTURING_COMPLETED",
        "PACKAGING",
        "SHIPPED",
        "CLOSED",
    ]


def executions(cloud, machine, status):
    found = cloud.client("stepfunctions").list_executions(stateMachineArn=machine, statusFilter=status)["executions"]
    return {execution["name"] for execution in found}


def test_an_open_order_is_driven_on_after_a_restart(product, ring, eventually):
    machine = product.deployment.outputs()["OrderMachineArn"]

    class ArrivedError(Exception):
        pass

    def leave_when_priced(line):
        if "with VAT" in line:
            raise ArrivedError

    with pytest.raises(ArrivedError):
        travel(Travellers.described(product), [ring], leave_when_priced, unit="mm")
    (first,) = eventually(lambda: executions(product, machine, "RUNNING"))
    assert product.stop()
    product.start()
    second = first.replace("-g1", "-g2")
    eventually(lambda: second in executions(product, machine, "RUNNING"), seconds=30)


def test_nothing_ended_in_a_dead_letter_queue(product):
    queues = product.client("sqs")
    letters = [url for url in queues.list_queues()["QueueUrls"] if "DeadLetters" in url or "Undelivered" in url]
    attribute = "ApproximateNumberOfMessages"
    counts = [queues.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute]) for url in letters]
    assert letters
    assert {count["Attributes"][attribute] for count in counts} == {"0"}
