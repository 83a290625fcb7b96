"""Price lists, metal rates, the approval rule and the settings of the company."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from alexandrite.company_book.approval import ApprovalRule
from alexandrite.company_book.book import FRESH_S, CompanyBook
from alexandrite.domain.company import Company as Settings
from alexandrite.domain.errors import Conflict, NotFound, VersionMismatch
from alexandrite.domain.orders import Channel, Payment
from alexandrite.domain.price_lists import FIRST_METAL_RATES, FIRST_PRICE_LIST, Constant, FineMetal, MetalRates
from tests.memory_models import MemoryDocuments
from tests.orders import MONDAY, PARTNER, SELLER, Commands
from tests.priced_orders import Company

DEARER = FIRST_PRICE_LIST.model_copy(update={"version": "2026.2", "minimum_line_net_minor": 200_000})


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(documents: MemoryDocuments, clock: Clock) -> CompanyBook:
    return CompanyBook(documents, clock)


def rates(version: str, gold: str, since: date = date(2026, 3, 2)) -> MetalRates:
    quoted = FIRST_METAL_RATES.minor_per_fine_g | {FineMetal.GOLD: Constant(value=Decimal(gold), source="the exchange")}
    return FIRST_METAL_RATES.model_copy(update={"version": version, "since": since, "minor_per_fine_g": quoted})


def test_the_first_versions_are_in_force_before_anybody_wrote_anything(book: CompanyBook) -> None:
    prices = book.prices()
    assert (prices.price_list, prices.metal_rates) == (FIRST_PRICE_LIST, FIRST_METAL_RATES)
    assert book.company() == Settings()


def test_a_version_once_written_survives_a_change_of_the_programs_first_version(
    book: CompanyBook, documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.begin(MONDAY)
    book.begin(MONDAY + timedelta(days=1))
    changed = FIRST_PRICE_LIST.model_copy(update={"minimum_line_net_minor": 1})
    monkeypatch.setattr("alexandrite.company_book.book.FIRST_PRICE_LIST", changed)

    assert CompanyBook(documents).prices().price_list == FIRST_PRICE_LIST


def test_a_new_price_list_waits_for_its_activation(book: CompanyBook, clock: Clock) -> None:
    book.add_price_list(DEARER, by=SELLER, now=MONDAY)
    assert book.prices().price_list == FIRST_PRICE_LIST

    book.activate_price_list("2026.2", by=SELLER, now=MONDAY)
    clock.seconds += FRESH_S + 1
    assert book.prices().price_list == DEARER
    assert book.price_lists().active[None].version == "2026.2"


def test_a_version_never_changes(book: CompanyBook) -> None:
    book.add_price_list(DEARER, by=SELLER, now=MONDAY)
    book.add_price_list(DEARER, by=SELLER, now=MONDAY)  # repeating oneself is no change
    with pytest.raises(Conflict) as refusal:
        book.add_price_list(DEARER.model_copy(update={"work_valid_days": 3}), by=SELLER, now=MONDAY)
    assert refusal.value.code == "price_list.exists"


def test_a_price_list_that_nobody_wrote_cannot_be_activated(book: CompanyBook) -> None:
    with pytest.raises(NotFound):
        book.activate_price_list("2030.1", by=SELLER, now=MONDAY)


def test_a_partner_may_have_a_list_of_its_own(book: CompanyBook) -> None:
    book.add_price_list(DEARER, by=SELLER, now=MONDAY)
    book.activate_price_list("2026.2", by=SELLER, now=MONDAY, partner=PARTNER.id)

    assert book.prices(PARTNER.id).price_list == DEARER
    assert book.prices("par_other").price_list == FIRST_PRICE_LIST
    assert book.prices().price_list == FIRST_PRICE_LIST


def test_small_moves_of_a_metal_are_in_force_at_once_and_large_ones_wait_for_a_seller(book: CompanyBook) -> None:
    _, small = book.add_metal_rates(rates("2026-03-02", "1100000"), by=SELLER, now=MONDAY)
    _, large = book.add_metal_rates(rates("2026-03-03", "1300000"), by=SELLER, now=MONDAY)

    assert small is not None
    assert large is None
    assert book.prices().metal_rates.version == "2026-03-02"
    book.activate_metal_rates("2026-03-03", by=SELLER, now=MONDAY)
    assert book.prices().metal_rates.version == "2026-03-03"


def test_rates_of_tomorrow_are_not_in_force_today(book: CompanyBook) -> None:
    tomorrow = rates("2026-03-03", "1051000", since=date(2026, 3, 3))
    assert book.add_metal_rates(tomorrow, by=SELLER, now=MONDAY)[1] is None
    with pytest.raises(Conflict):
        book.activate_metal_rates("2026-03-03", by=SELLER, now=MONDAY)


def test_what_is_in_force_is_read_once_per_quarter_of_a_minute(
    book: CompanyBook, documents: MemoryDocuments, clock: Clock
) -> None:
    book.begin(MONDAY)
    book.prices()
    read = documents.reads
    for _ in range(100):
        book.prices()
    assert documents.reads == read
    clock.seconds += FRESH_S + 1
    book.prices()
    assert documents.reads == read + 1


def test_two_sellers_cannot_overwrite_each_others_rule(book: CompanyBook) -> None:
    first = book.set_approval_rule(ApprovalRule(enabled=True), expected_revision=0)
    with pytest.raises(VersionMismatch) as refusal:
        book.set_approval_rule(ApprovalRule(), expected_revision=0)
    assert refusal.value.facts == {"revision": first}
    assert book.approval_rule() == (ApprovalRule(enabled=True), 1)


def test_settings_of_the_company_are_kept(book: CompanyBook, clock: Clock) -> None:
    book.set_company(Settings(promise_days=14))
    clock.seconds += FRESH_S + 1
    assert book.company().promise_days == 14


@pytest.mark.parametrize(
    ("rule", "released"),
    [
        ({}, True),
        ({"enabled": False}, False),
        ({"channels": {Channel.SHOP}}, False),
        ({"max_gross_minor": 10}, False),
        ({"credit_counts": False}, False),
    ],
)
def test_the_rule_releases_what_it_names_and_nothing_else(rule: dict[str, object], released: bool) -> None:
    company = Company()
    model = company.analysed(owner=PARTNER.id)
    company.submitted(model, actor=PARTNER, up_to=100_000_000)
    company.pricing.price_order("ord_1", now=company.now)
    order = company.apply("ord_1", Commands("pay", at=company.now).pay(Payment.CREDIT))

    parts = {"enabled": True, "channels": {Channel.PARTNER}, "max_gross_minor": 100_000_000, **rule}
    assert ApprovalRule.model_validate(parts).may_approve(order) is released


def test_nothing_is_released_before_its_price_is_accepted() -> None:
    company = Company()
    company.submitted(company.analysed())
    company.pricing.price_order("ord_1", now=company.now)
    order = company.order("ord_1")
    assert order is not None
    rule = ApprovalRule(enabled=True, channels=frozenset(Channel), max_gross_minor=10**9)
    assert not rule.may_approve(order)
