"""The worker as it runs: a process of its own, a real engine in children of it, queues and tables over HTTP."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.domain.commands import AnyCommand, CreateOrder, RecordFiles, SubmitOrder
from alexandrite.domain.identifiers import command_id
from alexandrite.domain.orders import Channel, Delivery, Line, Mode, Order
from alexandrite.domain.statuses import Status
from alexandrite.models.bucket import UploadForm
from alexandrite.models.queue import SqsAnalysisQueue
from alexandrite.models.record import Declaration, Model, Stage
from alexandrite.models.uploads import Uploads
from alexandrite.store.apply import apply
from local.cloud import LocalCloud
from tests.integration.pricing_worker.conftest import Cloud, arn_of, create_cloud, cube
from tests.orders import CUSTOMER, MONDAY

ROOT = Path(__file__).parents[3]
_SUFFIXES = count(1)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("pricing"), images={}) as cloud:
        yield cloud


@pytest.fixture
def cloud(emulator: LocalCloud) -> Cloud:
    """Resources of this test's own, with news of uploads on their way as the template sends them."""
    made = create_cloud(emulator.client, f"-{next(_SUFFIXES)}")
    made.s3.put_bucket_notification_configuration(
        Bucket=made.bucket_name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events = emulator.client("events")
    rule = f"uploaded{made.suffix}"
    detail = {"bucket": {"name": [made.bucket_name]}, "object": {"key": [{"prefix": "uploads/"}]}}
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "pricing", "Arn": arn_of(made.sqs, made.queue_url)}])
    return made


class Shop:
    """What a customer does, straight on the tables."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.book = CompanyBook(DynamoDocumentTable(cloud.dynamodb, cloud.company_table))
        self.uploads = Uploads(
            cloud.models,
            cloud.bucket,
            SqsAnalysisQueue(cloud.sqs, cloud.queue_url),
            self.order,
        )

    def order(self, order_id: str) -> Order | None:
        return self.cloud.orders.read(order_id).order

    def register(self, content: bytes, **parts: Any) -> tuple[Model, UploadForm]:
        declared = Declaration(size_bytes=len(content), **parts)
        registration = self.uploads.register(CUSTOMER.id, Mode.LIVE, "k", declared, now=datetime.now(UTC))
        assert registration.form is not None
        return registration.model, registration.form

    def upload(self, content: bytes, **parts: Any) -> Model:
        model, form = self.register(content, sha256=hashlib.sha256(content).hexdigest(), **parts)
        assert post(form, content) == HTTPStatus.NO_CONTENT
        return model

    def submit(self, model: Model, name: str = "ord_1") -> None:
        parts: dict[str, Any] = {"actor": CUSTOMER, "at": MONDAY}
        files = self.uploads.files(self.cloud.models.read([model.model_id]).values(), now=MONDAY)
        commands: list[AnyCommand] = [
            CreateOrder(
                command_id=command_id(name, "create"),
                channel=Channel.SHOP,
                mode=Mode.LIVE,
                buyer=CUSTOMER.id,
                creating_hash="0" * 64,
                lines=(Line(line=1, model=model.model_id, material="silver_925", finish="polished", quantity=1),),
                delivery=Delivery(contact="con_1", method="courier", cost_minor=50_000),
                **parts,
            ),
            RecordFiles(command_id=command_id(name, "files"), files=files, **parts),
            SubmitOrder(command_id=command_id(name, "submit"), **parts),
        ]
        apply(self.cloud.orders, name, commands, company=self.book.company())

    def model(self, model: Model) -> Model:
        return self.cloud.models.read([model.model_id])[model.model_id]


def post(form: UploadForm, content: bytes) -> int:
    """Send a file as a browser does; return the status that storage answers with."""
    return httpx.post(form.url, data=form.fields, files={"file": ("ring.stl", content)}).status_code


@pytest.fixture
def shop(cloud: Cloud) -> Shop:
    return Shop(cloud)


type Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(cloud: Cloud, emulator: LocalCloud, tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []
    environment = {
        **os.environ,
        **emulator.environment,
        "PYTHONPATH": f"{ROOT / 'layers'}:{ROOT / 'functions'}",
        "ORDERS_TABLE": cloud.orders_table,
        "COMPANY_TABLE": cloud.company_table,
        "MODELS_BUCKET": cloud.bucket_name,
        "PRICING_QUEUE_URL": cloud.queue_url,
        "POWERTOOLS_SERVICE_NAME": "pricing",
        "TMPDIR": str(tmp_path),
    }

    def begin(concurrency: int = 2) -> subprocess.Popen[bytes]:
        log = (tmp_path / "worker.log").open("ab")
        command = [sys.executable, "-m", "pricing.worker"]
        worker = subprocess.Popen(
            command, env=environment | {"PRICING_CONCURRENCY": str(concurrency)}, stdout=log, stderr=subprocess.STDOUT
        )
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.kill()
        worker.wait()


def eventually(so: Callable[[], object], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def log_of(tmp_path: Path) -> str:
    return (tmp_path / "worker.log").read_text()


def children_of(process: int) -> list[int]:
    """Return all processes below this one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended since
        parents[int(stat.parent.name)] = int(fields[1])
    found = [process]
    for parent in found:
        found += [child for child, of in parents.items() if of == parent]
    return found[1:]


def test_an_uploaded_ring_is_analysed_and_its_order_priced(start: Start, shop: Shop, tmp_path: Path) -> None:
    model = shop.upload(cube(8))
    shop.submit(model)
    start()
    eventually(lambda: shop.cloud.waiting() == {"visible": 0, "in_hand": 0})

    analysed = shop.model(model)
    assert analysed.stage is Stage.ANALYSED
    assert analysed.analysis is not None
    assert analysed.analysis.volume_mm3 == pytest.approx(512)
    order = shop.order("ord_1")
    assert order is not None
    assert order.status is Status.PRICE_CALCULATED
    log = log_of(tmp_path)
    for metric in ("AnalysesFinished", "AnalysisSeconds", "PricesCalculated"):
        assert metric in log


def test_a_stopped_worker_hands_its_file_back_and_the_next_one_finishes_it(
    start: Start, shop: Shop, tmp_path: Path
) -> None:
    model = shop.upload(cube(20, splits=250))  # 750,000 triangles: long enough to be interrupted
    shop.submit(model)
    first = start()
    eventually(lambda: shop.model(model).stage is Stage.ANALYSING)
    first.send_signal(signal.SIGTERM)

    assert first.wait(30) == 0
    assert shop.model(model).stage is Stage.ANALYSING
    assert shop.cloud.waiting() == {"visible": 1, "in_hand": 0}
    assert "handed back" in log_of(tmp_path)
    assert children_of(first.pid) == []

    start()
    eventually(lambda: shop.model(model).stage is Stage.ANALYSED)
    eventually(lambda: shop.cloud.waiting() == {"visible": 0, "in_hand": 0})
    order = shop.order("ord_1")
    assert order is not None
    assert order.status is Status.PRICE_CALCULATED


def test_a_child_that_is_killed_costs_an_attempt_and_not_the_job(start: Start, shop: Shop, tmp_path: Path) -> None:
    model = shop.upload(cube(20, splits=250))
    worker = start()
    eventually(lambda: shop.model(model).stage is Stage.ANALYSING)
    eventually(lambda: len(children_of(worker.pid)) >= 3)  # the nursery, the file's warden, the child
    os.kill(children_of(worker.pid)[-1], signal.SIGKILL)
    eventually(lambda: shop.model(model).failures)

    assert shop.model(model).failures == {"engine.died": 1}
    assert shop.model(model).stage is Stage.UPLOADED
    assert "AnalysesFailed" in log_of(tmp_path)
    eventually(lambda: shop.model(model).stage is Stage.ANALYSED)  # ten seconds later
    assert worker.poll() is None


def test_a_killed_worker_loses_nothing(start: Start, shop: Shop) -> None:
    model = shop.upload(cube(20, splits=250))
    shop.submit(model)
    first = start(concurrency=1)  # so that no open request of a dead process is given the next message
    eventually(lambda: shop.model(model).stage is Stage.ANALYSING)
    first.kill()
    first.wait()
    assert shop.cloud.waiting() == {"visible": 0, "in_hand": 1}

    # The message is back after two minutes; a second one stands in for it.
    SqsAnalysisQueue(shop.cloud.sqs, shop.cloud.queue_url).ask(model.model_id)
    start()
    eventually(lambda: shop.model(model).stage is Stage.ANALYSED)
    order = shop.order("ord_1")
    assert order is not None
    eventually(lambda: (shop.order("ord_1") or order).status is Status.PRICE_CALCULATED)


def test_a_picture_under_a_models_name_is_refused_and_its_message_deleted(start: Start, shop: Shop) -> None:
    model = shop.upload(b"\x89PNG\r\n\x1a\n" + b"\0" * 200)
    shop.submit(model)
    start()
    eventually(lambda: shop.model(model).stage is Stage.REFUSED)
    eventually(lambda: shop.cloud.waiting() == {"visible": 0, "in_hand": 0})
    order = shop.order("ord_1")
    assert order is not None
    eventually(lambda: [issue.code for issue in (shop.order("ord_1") or order).issues] == ["model.refused"])


def test_a_files_name_and_its_buyer_are_in_no_log(start: Start, shop: Shop, tmp_path: Path) -> None:
    content = b"solid anna-petrova-canary\n" + b"facet normal 0 0 0\n" * 3
    model = shop.upload(content, file_name="anna-petrova-canary.stl")
    start()
    eventually(lambda: shop.model(model).is_settled)
    eventually(lambda: "examined" in log_of(tmp_path))
    assert "canary" not in log_of(tmp_path)
    assert CUSTOMER.id not in log_of(tmp_path)


def test_the_form_takes_no_other_size_than_the_one_declared(shop: Shop) -> None:
    _, form = shop.register(b"a ring")
    for content in (b"", b"a rin", b"a ring!"):
        assert post(form, content) == HTTPStatus.BAD_REQUEST
    assert post(form, b"gnir a") == HTTPStatus.NO_CONTENT
