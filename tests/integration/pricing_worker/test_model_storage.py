"""Model records, uploaded files and the company's documents where they are really kept."""

import base64
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from alexandrite.company_book.book import CompanyBook
from alexandrite.company_book.documents import Document, DocumentMoved, DynamoDocumentTable, Place
from alexandrite.domain.company import Company
from alexandrite.domain.errors import Conflict
from alexandrite.domain.models import Unit
from alexandrite.domain.orders import Mode
from alexandrite.domain.price_lists import FIRST_PRICE_LIST
from alexandrite.models.bucket import Gone, TooLarge
from alexandrite.models.checks import MODEL_SHARDS
from alexandrite.models.queue import ANALYSIS_OVERDUE, SqsAnalysisQueue
from alexandrite.models.record import Declaration, Model, Progress, Stage
from alexandrite.models.table import RecordMoved
from alexandrite.store.apply import ExtraCheck, apply
from alexandrite.store.keys import model_key
from pricing.inbox import Inbox
from pricing.messages import parse
from tests.integration.pricing_worker.conftest import Cloud
from tests.memory_models import analysis_of
from tests.orders import MONDAY, Commands, models

RING = b"a ring"


def model(number: int = 0, owner: str = "cus_anna", mode: Mode = Mode.LIVE) -> Model:
    declared = Declaration(size_bytes=len(RING), sha256=hashlib.sha256(RING).hexdigest(), file_name="ring.stl")
    at = MONDAY + timedelta(minutes=number)
    return Model(
        model_id=f"mdl_000000000000{number:04d}",
        owner=owner,
        mode=mode,
        declared=declared,
        unit=None,
        created_at=at,
        updated_at=at,
    )


def test_a_record_comes_back_as_it_was_written(cloud: Cloud) -> None:
    full = model().model_copy(
        update={"analysis": analysis_of(RING), "stage": Stage.ANALYSED, "failures": {"OSError": 2}}
    )
    cloud.models.add(full)
    assert cloud.models.read([full.model_id, "mdl_none"]) == {full.model_id: full}


def test_the_first_registration_of_an_id_stays(cloud: Cloud) -> None:
    first = cloud.models.add(model())
    assert cloud.models.add(model().model_copy(update={"owner": "cus_boris"})) == first


def test_a_stale_record_is_not_written(cloud: Cloud) -> None:
    seen = cloud.models.add(model())
    saved = cloud.models.save(seen.model_copy(update={"unit": Unit.INCH}))
    assert saved.revision == 2
    with pytest.raises(RecordMoved):
        cloud.models.save(seen.model_copy(update={"unit": Unit.METRE}))
    # A repeated write whose first answer was lost finds what it was to write.
    assert cloud.models.save(seen.model_copy(update={"unit": Unit.INCH})) == saved


def test_progress_is_of_one_revision_only(cloud: Cloud) -> None:
    analysing = cloud.models.add(model().model_copy(update={"stage": Stage.ANALYSING}))
    progress = Progress(step="read", share=0.5, eta_s=3.0)
    assert cloud.models.note_progress(analysing, progress)
    assert cloud.models.progress_of(analysing) == progress

    moved = cloud.models.save(analysing)
    assert cloud.models.progress_of(moved) is None
    assert not cloud.models.note_progress(analysing, progress)


def test_models_of_one_owner_and_mode_are_listed_page_by_page(cloud: Cloud) -> None:
    for number in range(5):
        cloud.models.add(model(number))
    cloud.models.add(model(10, owner="cus_boris"))
    cloud.models.add(model(11, mode=Mode.TEST))

    first, cursor = cloud.models.page("cus_anna", Mode.LIVE, 3, None)
    rest, end = cloud.models.page("cus_anna", Mode.LIVE, 3, cursor)
    assert [found.model_id for found in (*first, *rest)] == [model(number).model_id for number in (4, 3, 2, 1, 0)]
    assert end is None


def test_a_deleted_model_leaves_the_list(cloud: Cloud) -> None:
    cloud.models.save(cloud.models.add(model()).model_copy(update={"deleted": True}))
    assert cloud.models.page("cus_anna", Mode.LIVE, 10, None) == ([], None)


def test_many_records_are_read_together(cloud: Cloud) -> None:
    for number in range(120):
        cloud.models.add(model(number))
    assert len(cloud.models.read([model(number).model_id for number in range(120)])) == 120


def test_an_analysis_is_known_by_bytes_engine_and_unit(cloud: Cloud) -> None:
    analysis = analysis_of(RING)
    cloud.models.cache_analysis(analysis, None)
    assert cloud.models.cached_analysis(analysis.sha256, "1", None) == analysis
    assert cloud.models.cached_analysis(analysis.sha256, "1", Unit.INCH) is None
    assert cloud.models.cached_analysis(analysis.sha256, "2", None) is None


def test_the_form_takes_exactly_the_declared_bytes_under_the_servers_key(cloud: Cloud) -> None:
    form = cloud.bucket.form(model(), MONDAY)
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    checksum = base64.b64encode(hashlib.sha256(RING).digest()).decode()

    assert ["content-length-range", len(RING), len(RING)] in policy["conditions"]
    assert {"key": model().key} in policy["conditions"]
    assert {"x-amz-checksum-sha256": checksum} in policy["conditions"]
    assert form.fields["key"] == model().key
    assert form.fields["x-amz-checksum-sha256"] == checksum
    assert "ring.stl" not in json.dumps(form.fields) + json.dumps(policy)


def test_each_version_of_an_object_is_read_as_it_is(cloud: Cloud, tmp_path: Path) -> None:
    first, second = cloud.put("uploads/mdl_1", RING), cloud.put("uploads/mdl_1", b"a bomb!")
    latest = cloud.bucket.look("uploads/mdl_1")
    assert latest is not None
    assert (latest.version_id, latest.size_bytes) == (second, 7)

    sha256 = cloud.bucket.fetch("uploads/mdl_1", first, tmp_path / "model", len(RING), lambda: None)
    assert sha256 == hashlib.sha256(RING).hexdigest()
    assert (tmp_path / "model").read_bytes() == RING


def test_an_object_is_not_read_beyond_its_limit(cloud: Cloud, tmp_path: Path) -> None:
    version = cloud.put("uploads/mdl_1", RING)
    with pytest.raises(TooLarge):
        cloud.bucket.fetch("uploads/mdl_1", version, tmp_path / "model", len(RING) - 1, lambda: None)


def test_what_is_not_there_is_said_so(cloud: Cloud, tmp_path: Path) -> None:
    cloud.put("uploads/mdl_1", RING)
    assert cloud.bucket.look("uploads/mdl_2") is None
    with pytest.raises(Gone):
        cloud.bucket.fetch("uploads/mdl_2", "3/L4kqtJlcpXroDTDmJ", tmp_path / "model", 10, lambda: None)


def test_all_versions_under_a_key_are_erased_and_no_others(cloud: Cloud) -> None:
    for key in ("uploads/mdl_1", "uploads/mdl_1", "uploads/mdl_11"):
        cloud.put(key, RING)
    cloud.bucket.erase("uploads/mdl_1")
    left = cloud.s3.list_object_versions(Bucket=cloud.bucket_name)["Versions"]
    assert [version["Key"] for version in left] == ["uploads/mdl_11"]


def test_a_request_is_a_message_that_the_worker_understands(cloud: Cloud) -> None:
    SqsAnalysisQueue(cloud.sqs, cloud.queue_url).ask("mdl_1")
    message = cloud.sqs.receive_message(QueueUrl=cloud.queue_url)["Messages"][0]
    assert parse(message["Body"], "m").model_id == "mdl_1"


def test_a_change_of_an_order_can_depend_on_the_revision_of_a_model(cloud: Cloud) -> None:
    model_now = cloud.models.add(model())
    commands = Commands("ord_1")
    stale = ExtraCheck(model_key(model_now.model_id), {"revision": 2})
    with pytest.raises(Conflict) as refusal:
        apply(cloud.orders, "ord_1", [commands.create()], company=Company(), items=[stale])
    assert refusal.value.code == "item.changed"
    assert cloud.orders.read("ord_1").order is None

    true = ExtraCheck(model_key(model_now.model_id), {"revision": 1})
    apply(cloud.orders, "ord_1", [commands.create()], company=Company(), items=[true])
    assert cloud.models.orders_of(models(1)[0]) == ("ord_1",)


def test_a_message_is_kept_handed_back_and_deleted(cloud: Cloud) -> None:
    SqsAnalysisQueue(cloud.sqs, cloud.queue_url).ask("mdl_1")
    inbox = Inbox(cloud.sqs, cloud.queue_url)
    (first,) = inbox.receive(1, 0)
    assert inbox.keep(first)
    assert inbox.receive(1, 0) == []
    assert inbox.hand_back(first, 0)
    (second,) = inbox.receive(1, 0)
    assert (first.receives, second.receives) == (1, 2)
    inbox.done(second)
    assert cloud.waiting() == {"visible": 0, "in_hand": 0}
    assert not inbox.hand_back(second, 0)


def test_documents_are_written_by_whoever_saw_the_last_revision(cloud: Cloud) -> None:
    documents = DynamoDocumentTable(cloud.dynamodb, cloud.company_table)
    place = Place("RULES", "AUTO_APPROVAL")
    assert documents.write(place, "{}", seen=0) == Document(place, "{}", 1)
    with pytest.raises(DocumentMoved):
        documents.write(place, '{"other": 1}', seen=0)
    assert documents.write(place, "{}", seen=0).revision == 1  # the answer to the first was lost
    assert documents.write(place, "[]", seen=1).revision == 2
    assert documents.read([place, Place("RULES", "NONE")]) == {place: Document(place, "[]", 2)}


def test_the_book_is_the_same_after_a_restart(cloud: Cloud) -> None:
    book = CompanyBook(DynamoDocumentTable(cloud.dynamodb, cloud.company_table))
    book.begin(MONDAY)
    changed = FIRST_PRICE_LIST.model_copy(update={"version": "2026.2"})
    book.add_price_list(changed, by=None, now=MONDAY)
    book.activate_price_list("2026.2", by=None, now=MONDAY, partner="par_1")

    again = CompanyBook(DynamoDocumentTable(cloud.dynamodb, cloud.company_table))
    assert again.prices("par_1").price_list == changed
    assert again.prices("par_2").price_list == FIRST_PRICE_LIST
    assert [entry.content.version for entry in again.price_lists().entries] == ["2026.2", "2026.1"]
    assert set(again.price_lists().active) == {None, "par_1"}


def look_at(cloud: Cloud, model: Model, before: timedelta) -> set[str]:
    return {
        found for shard in MODEL_SHARDS for found in cloud.models.due(shard, before=model.created_at + before, limit=10)
    }


def test_a_model_is_in_the_index_until_it_is_settled(cloud: Cloud) -> None:
    begun = cloud.models.add(model())
    assert look_at(cloud, begun, ANALYSIS_OVERDUE - timedelta(seconds=1)) == set()
    assert look_at(cloud, begun, ANALYSIS_OVERDUE) == {begun.model_id}
    assert cloud.models.scheduled(begun.model_id) == (begun, begun.created_at + ANALYSIS_OVERDUE)

    settled = cloud.models.save(begun.model_copy(update={"stage": Stage.ANALYSED}))
    assert look_at(cloud, begun, timedelta(days=400)) == set()
    assert cloud.models.scheduled(settled.model_id) is None
    assert cloud.models.scheduled("mdl_none") is None


def test_a_look_is_written_down_without_a_new_revision(cloud: Cloud) -> None:
    begun = cloud.models.add(model())
    looked_at = begun.model_copy(update={"looks": 1})
    seen, later = begun.created_at + ANALYSIS_OVERDUE, begun.created_at + timedelta(hours=2)
    assert cloud.models.schedule(looked_at, later, seen=seen)
    assert cloud.models.scheduled(begun.model_id) == (looked_at, later)
    assert not cloud.models.schedule(looked_at, None, seen=seen)  # another sweep was there
    assert cloud.models.schedule(looked_at, None, seen=later)
    assert cloud.models.scheduled(begun.model_id) is None
    assert cloud.models.schedule(begun, seen)
    assert look_at(cloud, begun, timedelta(days=1)) == {begun.model_id}

    cloud.models.save(begun.model_copy(update={"unit": Unit.INCH}))
    assert not cloud.models.schedule(looked_at, later)
