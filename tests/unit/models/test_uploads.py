"""Owners register, upload, look at, correct and delete their models."""

from datetime import timedelta

import pytest

from alexandrite.domain.errors import Conflict, Invalid, KeyReused, NotFound
from alexandrite.domain.models import Unit, UnitSource
from alexandrite.domain.orders import FileVersion, Mode
from alexandrite.models.queue import ask_again
from alexandrite.models.record import Declaration, Stage, displayable, model_id_of
from alexandrite.models.uploads import record_file
from pricing.messages import Task
from tests.memory_models import analysis_of, sha256url
from tests.priced_orders import CUSTOMER, RING, Company

ANNA = CUSTOMER.id


@pytest.fixture
def company() -> Company:
    return Company()


def declared(size: int = 6, **parts: object) -> Declaration:
    return Declaration.model_validate({"size_bytes": size, **parts})


def test_the_same_key_registers_the_same_model_and_gives_a_form_while_nothing_has_come(company: Company) -> None:
    first = company.uploads.register(ANNA, Mode.LIVE, "k", declared(), now=company.now)
    again = company.uploads.register(ANNA, Mode.LIVE, "k", declared(), now=company.pass_time(hours=2))

    assert again.model == first.model
    assert (first.replayed, again.replayed) == (False, True)
    assert again.form is not None
    assert again.form.expires_at == company.now + timedelta(hours=1)


def test_the_same_key_with_another_declaration_is_refused(company: Company) -> None:
    company.uploads.register(ANNA, Mode.LIVE, "k", declared(), now=company.now)
    with pytest.raises(KeyReused):
        company.uploads.register(ANNA, Mode.LIVE, "k", declared(7), now=company.now)


def test_two_owners_and_two_modes_share_no_model(company: Company) -> None:
    ids = {
        company.uploads.register(owner, mode, "k", declared(), now=company.now).model.model_id
        for owner in (ANNA, "cus_boris")
        for mode in Mode
    }
    assert len(ids) == 4


@pytest.mark.parametrize(("owner", "mode"), [("cus_boris", Mode.LIVE), (ANNA, Mode.TEST)])
def test_another_owners_model_looks_like_none(company: Company, owner: str, mode: Mode) -> None:
    model = company.analysed()
    for attempt in (
        lambda: company.uploads.get(owner, mode, model.model_id),
        lambda: company.uploads.confirm_unit(owner, mode, model.model_id, Unit.INCH, now=company.now),
        lambda: company.uploads.delete(owner, mode, model.model_id, now=company.now),
        lambda: company.uploads.owned(owner, mode, [model.model_id]),
    ):
        with pytest.raises(NotFound) as refusal:
            attempt()
        assert model.model_id in refusal.value.detail


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\models\\ring.stl", "ring.stl"),
        ("ring\x00\u202egpj.stl", "ringgpj.stl"),
        ("  кольцо.3mf ", "кольцо.3mf"),
        ("r" * 500, "r" * 120),
        ("/", ""),
    ],
)
def test_a_file_name_is_only_ever_shown(name: str, shown: str) -> None:
    assert displayable(name) == shown
    assert declared(file_name=name).file_name == shown


@pytest.mark.parametrize("size", [0, -1, 500_000_001])
def test_a_file_has_a_size_that_can_be_received(size: int) -> None:
    with pytest.raises(ValueError, match="size_bytes"):
        declared(size)


@pytest.mark.parametrize("key", ["uploads/", "uploads/x", "previews/mdl_1", "uploads/a/mdl_1", "mdl_1"])
def test_only_keys_that_the_server_chose_belong_to_models(key: str) -> None:
    assert model_id_of(key) is None


def test_submission_finds_the_file_in_storage_before_its_news_arrives(company: Company) -> None:
    model, _ = company.uploaded()
    files = company.uploads.files([model], now=company.now)

    assert files == {model.model_id: FileVersion(version_id="v1", sha256=sha256url(RING))}
    assert company.models.read([model.model_id])[model.model_id].stage is Stage.UPLOADED


def test_a_file_of_which_nobody_knows_the_checksum_waits_for_the_engine_to_read_it(company: Company) -> None:
    company.bucket.vouches = False
    model = company.uploads.register(ANNA, Mode.LIVE, "k", declared(len(RING)), now=company.now).model
    version = company.bucket.upload(model.key, RING)

    assert company.uploads.files([model], now=company.now) == {}
    known = company.examine(Task(model.model_id, version, "evt"))
    assert known.file == FileVersion(version_id="v1", sha256=sha256url(RING))


def test_a_file_of_another_size_or_checksum_is_not_what_was_declared(company: Company) -> None:
    for other in (b"a ring!", b"gnir a"):
        model = company.registered(key=other.decode())
        company.bucket.upload(model.key, other)
        assert company.uploads.files([model], now=company.now) == {}


def test_the_first_version_recorded_is_the_one_that_counts(company: Company) -> None:
    model = company.registered()
    first, second = (FileVersion(version_id=name, sha256=name * 21 + "v") for name in ("v1", "v2"))

    won = record_file(company.models, model, first, company.now)
    assert record_file(company.models, won, second, company.now).file == first
    assert record_file(company.models, model, second, company.now).file == first  # from a stale reading too


def test_confirming_another_unit_has_the_model_analysed_again(company: Company) -> None:
    model = company.analysed()
    changed = company.uploads.confirm_unit(ANNA, Mode.LIVE, model.model_id, Unit.CENTIMETRE, now=company.now)

    assert (changed.stage, changed.analysis, changed.unit) == (Stage.UPLOADED, None, Unit.CENTIMETRE)
    assert company.queue.asked == [model.model_id]
    again = company.uploads.confirm_unit(ANNA, Mode.LIVE, model.model_id, Unit.CENTIMETRE, now=company.now)
    assert again == changed


def test_confirming_the_unit_that_was_measured_changes_no_price(company: Company) -> None:
    model = company.analysed()
    company.submitted(model)
    company.pricing.price_order("ord_1", now=company.now)

    confirmed = company.uploads.confirm_unit(ANNA, Mode.LIVE, model.model_id, Unit.MILLIMETRE, now=company.now)
    assert confirmed.unit_confirmed
    assert confirmed.analysis is not None
    assert confirmed.analysis.unit_source is UnitSource.DECLARED
    assert confirmed.stage is Stage.ANALYSED
    assert company.queue.asked == []


def test_a_unit_cannot_change_under_an_order_that_was_priced(company: Company) -> None:
    model = company.analysed()
    company.submitted(model)
    company.pricing.price_order("ord_1", now=company.now)

    with pytest.raises(Conflict) as refusal:
        company.uploads.confirm_unit(ANNA, Mode.LIVE, model.model_id, Unit.INCH, now=company.now)
    assert refusal.value.code == "model.priced"
    assert refusal.value.facts == {"order_id": "ord_1"}


def test_a_deleted_model_is_gone_with_its_bytes_and_its_key_stays_taken(company: Company) -> None:
    model = company.analysed(key="k")
    company.uploads.delete(ANNA, Mode.LIVE, model.model_id, now=company.now)
    company.uploads.delete(ANNA, Mode.LIVE, model.model_id, now=company.now)

    assert company.bucket.versions == {}
    with pytest.raises(NotFound):
        company.uploads.get(ANNA, Mode.LIVE, model.model_id)
    with pytest.raises(KeyReused):
        company.registered(key="k")


def test_a_model_of_an_open_order_is_not_deleted(company: Company) -> None:
    model = company.analysed()
    company.created(model)

    with pytest.raises(Conflict) as refusal:
        company.uploads.delete(ANNA, Mode.LIVE, model.model_id, now=company.now)
    assert refusal.value.code == "model.in_use"


def test_what_is_uploaded_after_its_model_was_deleted_is_erased(company: Company) -> None:
    model = company.registered()
    company.uploads.delete(ANNA, Mode.LIVE, model.model_id, now=company.now)
    late = company.bucket.upload(model.key, RING)

    company.examine(Task(model.model_id, late, "evt"))
    assert company.bucket.versions == {}


def test_models_are_listed_newest_first_page_by_page(company: Company) -> None:
    made = []
    for number in range(5):
        company.pass_time(minutes=1)
        made.append(company.registered(key=str(number)).model_id)

    first, cursor = company.uploads.page(ANNA, Mode.LIVE, limit=3)
    rest, end = company.uploads.page(ANNA, Mode.LIVE, limit=3, cursor=cursor)
    assert [model.model_id for model in (*first, *rest)] == list(reversed(made))
    assert end is None


def test_a_made_up_cursor_is_refused(company: Company) -> None:
    with pytest.raises(Invalid):
        company.uploads.page(ANNA, Mode.LIVE, limit=3, cursor="x" * 30)


def test_the_view_of_a_model_says_what_is_wrong_with_it(company: Company) -> None:
    company.engine.script = lambda content, unit, _: analysis_of(content, unit=unit, closed=False)
    model = company.analysed()
    view = company.uploads.get(ANNA, Mode.LIVE, model.model_id)
    assert view.findings[0].code == "geometry.open"


def test_only_models_whose_analysis_is_overdue_are_asked_for_again(company: Company) -> None:
    model, _ = company.uploaded()
    done = company.analysed(b"done")

    assert ask_again(company.queue, [model, done], company.pass_time(minutes=9)) == ()
    assert ask_again(company.queue, [model, done], company.pass_time(minutes=2)) == (model.model_id,)
    assert company.queue.asked == [model.model_id]
