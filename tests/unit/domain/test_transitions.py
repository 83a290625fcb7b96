"""The transition table against the way of an order as the company has settled it."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from alexandrite.domain import events as facts
from alexandrite.domain.statuses import OPEN, TERMINAL, Status
from alexandrite.domain.transitions import TRANSITIONS, is_legal, may

S = Status

WAY = (
    S.INITIATED,
    S.FILE_UPLOADED,
    S.SUBMITTED,
    S.PRICE_CALCULATED,
    S.MANUFACTURING_APPROVED,
    S.MANUFACTURING_STARTED,
    S.MANUFACTURING_COMPLETED,
    S.PACKAGING,
    S.SHIPPED,
    S.CLOSED,
)


def moves() -> Iterator[tuple[Status | None, Status]]:
    return ((origin, to) for steps in TRANSITIONS.values() for origin, to in steps if origin is not to)


def test_statuses_are_the_ten_of_the_trade_and_three_ends() -> None:
    assert set(Status) == {*WAY, S.CANCELLED, S.REJECTED}
    assert {S.CLOSED, S.CANCELLED, S.REJECTED} == TERMINAL


def test_an_order_moves_only_where_the_company_has_settled() -> None:
    forward = {(None, S.INITIATED), *pairwise(WAY)}
    changed_before_acceptance = {
        (origin, to)
        for origin in (S.INITIATED, S.FILE_UPLOADED, S.SUBMITTED, S.PRICE_CALCULATED)
        for to in (S.INITIATED, S.FILE_UPLOADED)
        if origin is not to
    }
    cancelled = {(origin, S.CANCELLED) for origin in OPEN - {S.SHIPPED}}
    rejected = {
        (origin, S.REJECTED) for origin in (S.FILE_UPLOADED, S.SUBMITTED, S.PRICE_CALCULATED, S.MANUFACTURING_APPROVED)
    }
    released = {(S.MANUFACTURING_STARTED, S.MANUFACTURING_APPROVED)}
    reworked = {(origin, S.MANUFACTURING_STARTED) for origin in (S.MANUFACTURING_COMPLETED, S.PACKAGING)}
    assert set(moves()) == forward | changed_before_acceptance | cancelled | rejected | released | reworked


def test_nothing_leaves_an_end() -> None:
    assert not [step for step in moves() if step[0] in TERMINAL]


def test_every_open_status_has_a_way_on() -> None:
    assert {origin for origin, _ in moves()} == {None, *OPEN}


def test_the_table_knows_every_fact_and_no_other() -> None:
    assert set(TRANSITIONS) == {fact.__name__ for fact in facts.AnyFact.__value__.__args__}


def test_facts_are_called_by_their_own_names() -> None:
    for fact in facts.AnyFact.__value__.__args__:
        assert fact.model_fields["name"].default == fact.__name__


@pytest.mark.parametrize("fact", sorted(TRANSITIONS))
def test_what_may_happen_has_somewhere_to_lead(fact: str) -> None:
    for status in (None, *Status):
        assert may(fact, status) == any(is_legal(fact, status, to) for to in Status)
