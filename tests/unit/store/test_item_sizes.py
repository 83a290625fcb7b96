"""Order and event stay under 16 KB at 50 lines of 50 models, whatever has happened to the order."""

import random
import string
from itertools import batched, product

import pytest

from alexandrite.domain.company import Company
from alexandrite.domain.evolution import record
from alexandrite.domain.identifiers import derive
from alexandrite.domain.orders import MOST_PIECES, HoldKind, Line, Piece, Revision
from alexandrite.store.items import attributes, event_item, fold_attributes, to_record, to_recorded
from alexandrite.store.table import Recorded
from tests.orders import GLEB, Commands, file_of, lines, offer_for

LIMIT = 16 * 1024
COMPANY = Company()


def size(item):
    """Bytes as DynamoDB counts them: names and values in UTF-8, binaries as they are."""
    return sum(len(name) + _value_size(next(iter(value.values()))) for name, value in attributes(item).items())


def _value_size(value):
    match value:
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case _:
            return 1


def pieces():
    """As many pieces as an order keeps, and of each as much as there can be: nothing in it can be packed."""
    chance = random.Random(1)
    places = chance.sample(list(product(range(1, 51), range(1, 1001))), MOST_PIECES)
    return tuple(
        Piece(
            line=line,
            number=number,
            actual_mass_g=chance.uniform(0, 100_000),
            uin="".join(chance.choices(string.ascii_letters + string.digits + "-", k=24)),
            assay_state=chance.choice(("sent", "hallmarked", "refused")),
        )
        for line, number in places
    )


def the_largest_history():
    """50 lines, changed, priced, revised into 50 other models, as many pieces measured as are kept."""
    commands = Commands("c")
    other_models = tuple(derive("mdl", "other", str(number)) for number in range(50))
    other_lines = tuple(
        Line(line=number, model=model, material="platinum_950", finish="polished", quantity=1000)
        for number, model in enumerate(other_models, 1)
    )
    other_files = {model: file_of(model) for model in other_models}
    revision = Revision(
        lines=other_lines,
        files=other_files,
        offer=offer_for(price_id="prc_2").model_copy(update={"files": other_files}),
    )
    order = None
    for command in (
        commands.create(50, quantity=1000),
        commands.files(50),
        commands.change(lines=lines(50, 1000)),
        commands.submit(),
        commands.price(50),
        commands.accept(),
        commands.pay(),
        commands.approve(),
        commands.take(),
        *(commands.record_pieces(GLEB, 9, some) for some in batched(pieces(), 50, strict=False)),
        *(commands.issue(f"trouble.number_{number}") for number in range(10)),
        commands.hold(kind=HoldKind.DESIGN_CHANGE),
        commands.revise(revision),
        commands.accept("prc_2"),
    ):
        event, order = record(order, command, COMPANY, order_id="ord_7Z0K3M8Q2R5T9V1W")
        yield Recorded(event, order)


def test_an_order_of_50_lines_and_each_of_its_events_fit_into_16_kilobytes():
    for step in the_largest_history():
        for item in (event_item(step), fold_attributes(step.after)):
            assert size(item) < LIMIT, (step.event.fact.name, size(item))


def test_the_largest_history_holds_as_many_pieces_as_an_order_keeps():
    assert max(len(step.after.pieces) for step in the_largest_history()) == MOST_PIECES


def test_what_is_written_down_is_read_back():
    for step in the_largest_history():
        assert to_recorded(event_item(step)) == step
        item = {**fold_attributes(step.after), "driver_generation": 1}
        assert to_record(item).order == step.after


@pytest.mark.parametrize("secret", ["token", "recipient", "address", "phone"])
def test_no_event_has_a_place_for_what_must_not_be_in_it(secret):
    for step in the_largest_history():
        assert secret not in step.event.model_dump_json()
