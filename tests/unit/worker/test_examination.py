"""The worker brings a model to its end, whatever happens on the way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from alexandrite.domain.models import Analysis, Unit
from alexandrite.domain.orders import Mode
from alexandrite.domain.statuses import Status
from alexandrite.models.record import Declaration, Progress, Stage
from pricing.examination import SAME_FAILURES, EngineFailed
from pricing.geometry.refusals import ModelRefused
from pricing.messages import Task
from tests.memory_models import analysis_of, sha256url
from tests.priced_orders import CUSTOMER, RING, Company

type Tell = Callable[[Progress], None]


@pytest.fixture
def company() -> Company:
    return Company()


class Stop(Exception):
    """What a stopping worker raises."""


def refusing(code: str) -> Callable[[bytes, Unit | None, Tell], Analysis]:
    def refuse(content: bytes, unit: Unit | None, tell: Tell) -> Analysis:
        raise ModelRefused(code, "so it is")

    return refuse


def test_a_model_is_analysed_and_the_orders_that_wait_for_it_are_priced(company: Company) -> None:
    model, task = company.uploaded()
    company.submitted(model, name="ord_1")
    company.submitted(model, name="ord_2")

    examined = company.examination.run(task, lambda: None)

    assert examined.priced == 2
    assert examined.model is not None
    assert examined.model.stage is Stage.ANALYSED
    orders = [company.order(name) for name in ("ord_1", "ord_2")]
    assert [order.status for order in orders if order] == [Status.PRICE_CALCULATED] * 2


def test_the_same_news_again_does_nothing(company: Company) -> None:
    model, task = company.uploaded()
    company.submitted(model)
    first = company.examine(task)

    assert company.examine(task) == first
    assert len(company.engine.given) == 1
    assert company.facts().count("OrderPriced") == 1


def test_a_later_upload_to_the_same_key_never_changes_what_is_priced(company: Company) -> None:
    model, first = company.uploaded()
    analysed = company.examine(first)
    version = company.bucket.upload(model.key, b"a bomb")

    assert company.examine(Task(model.model_id, version, "evt_swap")) == analysed
    assert company.submitted(model).files[model.model_id].version_id == "v1"
    assert company.engine.given == [(RING, None)]


def test_a_swap_between_submission_and_analysis_changes_nothing_either(company: Company) -> None:
    model, _ = company.uploaded()
    company.submitted(model)
    swapped = company.bucket.upload(model.key, b"a bomb")

    company.examine(Task(model.model_id, swapped, "evt_swap"))
    assert company.engine.given == [(RING, None)]
    assert company.bucket.fetched == [(model.key, "v1")]


def test_a_known_analysis_is_taken_only_for_bytes_that_have_been_read(company: Company) -> None:
    """Whoever declares the checksum of somebody else's ring must have sent that ring."""
    company.bucket.vouches = False
    ring = company.analysed(key="first")
    liar = company.registered(key="second")
    swapped = company.bucket.upload(liar.key, b"a bomb")
    assert company.uploads.files([liar], now=company.now)[liar.model_id].sha256 == sha256url(RING)

    refused = company.examine(Task(liar.model_id, swapped, "evt"))
    assert ring.declared.size_bytes == liar.declared.size_bytes
    assert refused.refusal is not None
    assert refused.refusal.code == "upload.not_as_declared"


@pytest.mark.parametrize(
    ("declared", "sent"), [(b"ring!", b"ring"), (b"ring", b"ring!"), (b"ring", b"gnir")], ids=["less", "more", "other"]
)
def test_other_bytes_than_declared_are_refused(company: Company, declared: bytes, sent: bytes) -> None:
    model = company.registered(declared)
    version = company.bucket.upload(model.key, sent)

    refused = company.examine(Task(model.model_id, version, "evt"))
    assert refused.refusal is not None
    assert refused.refusal.code == "upload.not_as_declared"
    assert company.engine.given == []


def test_a_refused_file_is_a_result_and_its_buyer_is_told(company: Company) -> None:
    company.engine.script = refusing("stl.truncated")
    model, task = company.uploaded()
    company.submitted(model)

    refused = company.examine(task)
    assert refused.stage is Stage.REFUSED
    assert refused.refusal is not None
    assert refused.refusal.code == "stl.truncated"
    order = company.order("ord_1")
    assert order is not None
    assert [issue.code for issue in order.issues] == ["model.refused"]


def test_an_engine_that_fails_is_tried_three_times_and_then_a_seller_is_asked(company: Company) -> None:
    company.engine.script = refusing("engine.died")
    model, task = company.uploaded()
    company.submitted(model)

    for _ in range(SAME_FAILURES - 1):
        with pytest.raises(EngineFailed):
            company.examine(task)
    assert company.examine(task).stage is Stage.REFUSED
    order = company.order("ord_1")
    assert order is not None
    assert [(issue.code, issue.must_act) for issue in order.issues] == [("pricing.failed", "seller")]


def test_failures_of_different_kinds_are_counted_apart(company: Company) -> None:
    model, _ = company.uploaded()
    company.submitted(model)
    for kind in ("OSError", "KeyError", "OSError"):
        company.examination.note_failure(model.model_id, kind, "evt")
    assert company.facts().count("IssueRaised") == 0

    company.examination.note_failure(model.model_id, "OSError", "evt")
    company.examination.note_failure(model.model_id, "OSError", "evt")
    assert company.facts().count("IssueRaised") == 1


def test_a_late_success_answers_what_a_seller_was_asked(company: Company) -> None:
    model, task = company.uploaded()
    company.submitted(model)
    company.examination.give_up(model.model_id, "evt")
    company.examination.give_up(model.model_id, "evt")
    assert company.facts().count("IssueRaised") == 1

    company.examine(task)
    order = company.order("ord_1")
    assert order is not None
    assert order.status is Status.PRICE_CALCULATED
    assert order.issues == ()


def test_progress_is_written_once_a_second(company: Company) -> None:
    seen: list[float] = []

    def slow(content: bytes, unit: Unit | None, tell: Tell) -> Analysis:
        model_id = company.registered().model_id
        for percent in range(0, 100, 5):
            company.pass_time(milliseconds=250)
            tell(Progress(step="read", share=percent / 100, eta_s=1))
            progress = company.uploads.get(CUSTOMER.id, Mode.LIVE, model_id).progress
            seen.append(progress.share if progress else -1)
        return analysis_of(content, unit=unit)

    company.engine.script = slow
    model = company.analysed()
    assert sorted(set(seen)) == [-1, 0.15, 0.35, 0.55, 0.75, 0.95]
    assert company.uploads.get(CUSTOMER.id, Mode.LIVE, model.model_id).progress is None


def test_a_unit_corrected_meanwhile_calls_the_analysis_off_and_begins_another(company: Company) -> None:
    def corrected(content: bytes, unit: Unit | None, tell: Tell) -> Analysis:
        if unit is None:
            model_id = company.registered().model_id
            company.uploads.confirm_unit(CUSTOMER.id, Mode.LIVE, model_id, Unit.CENTIMETRE, now=company.now)
            company.pass_time(seconds=2)
            tell(Progress(step="read", share=0.5))
            raise AssertionError("should have been called off")
        return analysis_of(content, unit=unit)

    company.engine.script = corrected
    model = company.analysed()
    assert model.analysis is not None
    assert model.analysis.unit is Unit.CENTIMETRE


def test_a_worker_that_is_stopped_leaves_a_model_that_another_one_can_finish(company: Company) -> None:
    model, task = company.uploaded()

    def stop_at_the_first_progress() -> None:
        if company.models.read([model.model_id])[model.model_id].stage is Stage.ANALYSING:
            raise Stop

    def script(content: bytes, unit: Unit | None, tell: Tell) -> Analysis:
        tell(Progress(step="read", share=0.1))
        return analysis_of(content, unit=unit)

    company.engine.script = script
    with pytest.raises(Stop):
        company.examination.run(task, stop_at_the_first_progress)
    assert company.models.read([model.model_id])[model.model_id].stage is Stage.ANALYSING
    assert company.examine(task).stage is Stage.ANALYSED


def test_news_of_a_model_that_nobody_registered_is_done_with(company: Company) -> None:
    assert company.examination.run(Task("mdl_0000000000000000", "v1", "evt"), lambda: None).model is None


def test_a_request_for_a_model_that_was_never_uploaded_does_nothing(company: Company) -> None:
    model = company.registered()
    assert company.examine(Task(model.model_id, None, "evt")).stage is Stage.AWAITING_UPLOAD


def test_a_lost_event_is_made_good_by_a_request(company: Company) -> None:
    model, _ = company.uploaded()
    assert company.examine(Task(model.model_id, None, "evt")).stage is Stage.ANALYSED


def test_nothing_of_a_file_stays_on_the_disk(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    company.analysed()
    company.engine.script = refusing("engine.failed")
    with pytest.raises(EngineFailed):
        company.analysed(b"another")
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_declared_checksum_is_taken_as_it_comes(company: Company) -> None:
    declared = Declaration(size_bytes=len(RING))
    model = company.uploads.register(CUSTOMER.id, Mode.LIVE, "k", declared, now=company.now).model
    version = company.bucket.upload(model.key, RING)
    assert company.examine(Task(model.model_id, version, "evt")).stage is Stage.ANALYSED
