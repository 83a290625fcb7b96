"""The only writer: what its callers are told, whatever happens between them and the table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alexandrite.domain.company import Company, WorkInProgress
from alexandrite.domain.errors import Conflict, KeyReused, NotFound, VersionMismatch
from alexandrite.domain.orders import Channel, Mode, Payment
from alexandrite.domain.statuses import Status
from alexandrite.store.apply import Busy, ExtraItem, KeyUse, Patience, apply
from alexandrite.store.keys import ItemKey, model_key, model_link_key, price_key, reference_key
from tests.memory_table import MemoryOrderTable
from tests.orders import DINA, GLEB, MONDAY, Commands, models

COMPANY = Company()
ORDER = "ord_1"
BREAKDOWN = ExtraItem(price_key(ORDER, "prc_1"), {"breakdown": "{}"})


def use(key="key-1", body="body", at=MONDAY, http_status=201):
    return KeyUse("cus_anna", key, body, at, http_status)


class Script:
    """Faults in the order in which they shall come; none afterwards."""

    def __init__(self, **calls):
        self._calls = {name: list(faults) for name, faults in calls.items()}

    def __call__(self, call):
        waiting = self._calls.get(call)
        return waiting.pop(0) if waiting else "none"


def at_once():
    return Patience(rest=lambda _: None)


@pytest.fixture
def table():
    return MemoryOrderTable()


@pytest.fixture
def commands():
    return Commands(ORDER)


def write(table, *commands, order_id=ORDER, items=(), **options):
    return apply(table, order_id, commands, company=COMPANY, items=items, patience=at_once(), **options)


def approved(table, commands, order_id=ORDER, *, quantity=1, price_id="prc_1"):
    breakdown = ExtraItem(price_key(order_id, price_id), {"breakdown": "{}"})
    write(table, commands.create(quantity=quantity), commands.files(), commands.submit(), order_id=order_id)
    write(table, commands.price(price_id=price_id), order_id=order_id, items=[breakdown])
    return write(table, commands.accept(price_id), commands.pay(), commands.approve(), order_id=order_id)


def test_a_command_costs_one_read_and_one_transaction(table, commands):
    write(table, commands.create(), key=use(), also=[model_key("mdl_1")])
    assert table.calls == ["read", "commit"]


def test_commands_of_one_call_become_true_together_each_with_its_event(table, commands):
    applied = write(table, commands.create(), commands.files(), commands.submit())
    assert [event.version for event in applied.events] == [1, 2, 3]
    assert applied.order.status is Status.SUBMITTED
    assert [step.event.fact.name for step in table.log[ORDER]] == ["OrderCreated", "FilesRecorded", "OrderSubmitted"]


def test_when_one_of_several_commands_is_refused_none_has_happened(table, commands):
    with pytest.raises(Conflict, match="files"):
        write(table, commands.create(), commands.submit(), key=use())
    assert table.records == {}
    assert table.answers == {}


def test_the_same_key_and_body_get_the_first_answer_again(table, commands):
    create = commands.create()
    first = write(table, create, key=use())
    write(table, commands.files())
    again = write(table, create, key=use())
    assert (again.order, again.replayed, again.http_status) == (first.order, True, 201)
    assert len(table.log[ORDER]) == 2


def test_the_same_key_with_another_body_is_refused(table, commands):
    create = commands.create()
    write(table, create, key=use())
    with pytest.raises(KeyReused):
        write(table, commands.create(body="other"), key=use(body="other"))


def test_the_same_key_for_another_order_is_refused(table, commands):
    write(table, commands.create(), key=use())
    with pytest.raises(KeyReused):
        write(table, commands.note(), order_id="ord_2", key=use())


def test_when_the_key_is_forgotten_the_same_creating_body_still_finds_its_order(table, commands):
    create = commands.create()
    write(table, create, key=use())
    later = use(at=MONDAY + timedelta(days=2))
    again = write(table, create, key=later)
    assert (again.replayed, again.order.version) == (True, 1)
    with pytest.raises(KeyReused):
        write(table, commands.create(body="other"), key=replace(later, body_hash="other"))


def test_an_expired_key_item_that_still_lies_there_can_be_used_anew(table, commands):
    """Deletion by time to live is late by up to days."""
    write(table, commands.create(), key=use())
    late = use(body="note", at=MONDAY + timedelta(days=2))
    assert write(table, commands.note(), key=late).replayed is False


def test_a_command_takes_effect_once_even_when_its_key_has_expired(table, commands):
    write(table, commands.create())
    note = commands.note()
    write(table, note, key=use("n"))
    again = write(table, note, key=use("n", at=MONDAY + timedelta(days=9)))
    assert (again.replayed, again.order.version) == (True, 2)
    with pytest.raises(KeyReused):
        write(table, note, key=use("n", body="other", at=MONDAY + timedelta(days=9)))


def test_a_message_delivered_again_much_later_changes_nothing(table, commands):
    write(table, commands.create())
    note = commands.note()
    write(table, note)
    for _ in range(3):
        write(table, commands.note())
    again = write(table, note)
    assert (again.replayed, again.order.version, len(table.log[ORDER])) == (True, 2, 5)


def test_a_refusal_is_not_remembered(table, commands):
    with pytest.raises(NotFound):
        write(table, commands.note(), key=use())
    write(table, commands.create(), key=use())


def test_a_lost_answer_is_found_to_be_a_success(table, commands):
    approved(table, commands)
    table.faults = Script(commit=["answer_lost"])
    applied = write(table, commands.take())
    assert (applied.order.owner, applied.replayed) == (GLEB.id, False)
    assert table.loads[GLEB.id].orders == 1


def test_an_answer_lost_while_others_write_on_is_still_found(table, commands):
    write(table, commands.create())
    note = commands.note()

    class ThenSomebodyElse:
        def __init__(self):
            self.first = True

        def __call__(self, call):
            if call == "commit" and self.first:
                self.first = False
                return "answer_lost"
            if call == "read" and not self.first:
                table.faults = lambda _: "none"
                write(table, commands.note("another"))
                write(table, commands.note("and another"))
            return "none"

    table.faults = ThenSomebodyElse()
    applied = write(table, note)
    assert (applied.order.version, applied.events[0].command_id) == (2, note.command_id)
    assert len(table.log[ORDER]) == 4


def test_a_request_that_never_arrived_is_sent_again(table, commands):
    table.faults = Script(commit=["request_lost", "request_lost"])
    assert write(table, commands.create()).order.version == 1
    assert len(table.log[ORDER]) == 1


def test_contention_is_retried_with_rests_that_grow_and_never_reported_as_a_conflict(table, commands):
    rests = []
    patience = Patience(rest=rests.append, random=lambda: 1.0)
    table.faults = Script(commit=["conflict"] * 4, read=["unread"])
    apply(table, ORDER, [commands.create()], company=COMPANY, patience=patience)
    assert rests == pytest.approx([0.01, 0.02, 0.04, 0.08, 0.16])


def test_contention_without_end_is_too_busy_and_may_be_sent_again(table, commands):
    table.faults = lambda call: "conflict" if call == "commit" else "none"
    with pytest.raises(Busy) as refusal:
        write(table, commands.create())
    assert refusal.value.status == 503


def racing(table, rival):
    """Let `rival` write between the next read and its commit."""

    def faults(call):
        if call == "commit":
            table.faults = lambda _: "none"
            rival()
        return "none"

    table.faults = faults


def test_a_loser_of_a_race_learns_who_won(table, commands):
    approved(table, commands)
    mine, hers = commands.take(GLEB), commands.take(DINA)
    racing(table, lambda: write(table, hers))
    with pytest.raises(Conflict) as lost:
        write(table, mine)
    assert (lost.value.code, lost.value.facts["owner"]) == ("order.already_taken", DINA.id)
    assert GLEB.id not in table.loads


def test_a_command_without_a_version_is_decided_again_on_the_new_state(table, commands):
    write(table, commands.create())
    mine, theirs = commands.note("mine"), commands.note("theirs")
    racing(table, lambda: write(table, theirs))
    assert write(table, mine).order.version == 3


def test_a_command_with_a_version_is_refused_once_the_order_has_left_it(table, commands):
    write(table, commands.create())
    mine, theirs = commands.note("mine"), commands.note("theirs")
    racing(table, lambda: write(table, theirs))
    with pytest.raises(VersionMismatch) as refused:
        write(table, mine, expected_version=1)
    assert refused.value.facts == {"version": 2}


def test_a_replay_is_told_even_when_the_named_version_is_long_past(table, commands):
    write(table, commands.create())
    note = commands.note()
    write(table, note, key=use("n"), expected_version=1)
    write(table, commands.note())
    assert write(table, note, key=use("n"), expected_version=1).replayed


def test_an_operator_cannot_hoard_orders(table):
    company = Company(work_in_progress=WorkInProgress(orders=2, pieces=20))
    for number in range(3):
        approved(table, Commands(f"c{number}"), f"ord_{number}")
    takes = Commands("takes", at=MONDAY + timedelta(hours=1))
    for number in range(2):
        apply(table, f"ord_{number}", [takes.take()], company=company)
    with pytest.raises(Conflict) as full:
        apply(table, "ord_2", [takes.take()], company=company)
    assert full.value.code == "operator.work_in_progress_limit"
    assert table.loads[GLEB.id].orders == 2
    fence = table.records["ord_0"].order.fence
    apply(table, "ord_0", [takes.complete(GLEB, fence)], company=company)
    assert apply(table, "ord_2", [takes.take()], company=company).order.owner == GLEB.id


def test_an_operator_cannot_hoard_pieces(table):
    approved(table, Commands("c0"), "ord_0", quantity=15)
    approved(table, Commands("c1"), "ord_1", quantity=6)
    takes = Commands("takes", at=MONDAY + timedelta(hours=1))
    write(table, takes.take(), order_id="ord_0")
    with pytest.raises(Conflict, match="in hand"):
        write(table, takes.take(), order_id="ord_1")


def test_an_order_larger_than_the_limit_can_be_taken_with_empty_hands(table, commands):
    approved(table, commands, quantity=100)
    assert write(table, commands.take()).order.owner == GLEB.id


def test_what_an_operator_holds_goes_back_when_the_order_leaves_them(table, commands):
    approved(table, commands, quantity=3)
    fence = write(table, commands.take()).order.fence
    assert (table.loads[GLEB.id].orders, table.loads[GLEB.id].pieces) == (1, 3)
    write(table, commands.release(GLEB, fence))
    assert (table.loads[GLEB.id].orders, table.loads[GLEB.id].pieces) == (0, 0)


def test_taking_and_releasing_in_one_transaction_leaves_no_trace_on_the_operator(table, commands):
    approved(table, commands)
    fence = table.records[ORDER].order.version + 1
    write(table, commands.take(), commands.release(GLEB, fence))
    assert GLEB.id not in table.loads


def test_a_partners_reference_names_one_order(table):
    def partner(order_id, **options):
        return Commands(order_id).create(channel=Channel.PARTNER, reference="A-17", **options)

    write(table, partner("ord_1"), order_id="ord_1")
    with pytest.raises(Conflict) as taken:
        write(table, partner("ord_2"), order_id="ord_2")
    assert (taken.value.code, taken.value.facts) == ("order.client_reference_taken", {"order_id": "ord_1"})
    write(table, partner("ord_3", mode=Mode.TEST), order_id="ord_3")
    assert table.claimed_by(reference_key("par_northern", Mode.TEST, "A-17")) == "ord_3"


def test_a_price_can_be_offered_and_accepted_in_one_breath(table, commands):
    write(table, commands.create(payment=Payment.CREDIT), commands.files(), commands.submit())
    applied = write(table, commands.price(), commands.accept(), commands.approve(), items=[BREAKDOWN])
    assert applied.order.status is Status.MANUFACTURING_APPROVED


def test_a_price_that_was_never_put_cannot_be_accepted(table, commands):
    write(table, commands.create(), commands.files(), commands.submit(), commands.price())
    with pytest.raises(Conflict) as refused:
        write(table, commands.accept())
    assert refused.value.code == "price.already_used"


def test_each_model_finds_the_orders_that_use_it(table, commands):
    write(table, commands.create(3))
    for model in models(3):
        assert table.items[model_link_key(model, ORDER)]["order_id"] == ORDER


def test_an_item_that_must_be_new_is_not_overwritten(table, commands):
    place = ItemKey("THING#1", "THING")
    write(table, commands.create(), items=[ExtraItem(place, {"n": 1}, only_if_absent=True)])
    with pytest.raises(Conflict) as there:
        write(table, commands.note(), items=[ExtraItem(place, {"n": 2}, only_if_absent=True)])
    assert there.value.code == "item.exists"
    assert table.items[place]["n"] == 1


def test_commands_can_be_made_of_what_was_read(table, commands):
    table.items[model_key("mdl_1")] = {"stage": "analysed"}
    create = commands.create()

    def plan(seen):
        assert seen.items[model_key("mdl_1")]["stage"] == "analysed"
        return [create]

    applied = apply(table, ORDER, plan, company=COMPANY, also=[model_key("mdl_1")])
    assert (applied.order.version, table.calls) == (1, ["read", "commit"])
    late = use(at=MONDAY + timedelta(days=3))
    assert apply(table, ORDER, plan, company=COMPANY, key=late, also=[model_key("mdl_1")]).replayed


def test_a_planned_command_that_is_refused_because_it_is_done_is_a_replay(table, commands):
    approved(table, commands)
    take = commands.take()
    apply(table, ORDER, lambda _: [take], company=COMPANY)
    assert apply(table, ORDER, lambda _: [take], company=COMPANY).replayed


def test_only_what_is_left_of_a_repeated_call_is_done(table, commands):
    create, files, submit = commands.create(), commands.files(), commands.submit()
    write(table, create)
    write(table, files)
    applied = write(table, files, submit)
    assert [event.fact.name for event in applied.events] == ["OrderSubmitted"]
    assert applied.order.version == 3
