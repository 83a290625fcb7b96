"""The orders table in DynamoDB: items, conditions, and how failures are read."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import Stubber

from alexandrite.domain.company import Company, WorkInProgress
from alexandrite.domain.errors import Conflict, Invalid, KeyReused, VersionMismatch
from alexandrite.domain.evolution import fold
from alexandrite.domain.orders import Channel, Mode, Payment
from alexandrite.domain.statuses import Status
from alexandrite.store.apply import Busy, ExtraItem, KeyUse, Patience, apply
from alexandrite.store.dynamodb import DynamoOrderTable, WorkInHand
from alexandrite.store.keys import event_key, model_key, order_key, price_key
from alexandrite.store.table import Contended
from tests.orders import CUSTOMER, DINA, GLEB, MONDAY, Commands
from tests.orders_table import NAME

COMPANY = Company()


def write(orders, order_id, *commands, **options):
    options.setdefault("company", COMPANY)
    return apply(orders, order_id, commands, patience=Patience(rest=lambda _: None), **options)


def breakdown(order_id):
    return ExtraItem(price_key(order_id, "prc_1"), {"breakdown": b"compressed"})


def approved(orders, order_id, commands):
    write(orders, order_id, commands.create(), commands.files(), commands.submit())
    write(orders, order_id, commands.price(), items=[breakdown(order_id)])
    return write(orders, order_id, commands.accept(), commands.pay(), commands.approve())


class Counting:
    """A client that counts the calls that go out."""

    def __init__(self, client):
        self.calls = []
        client.meta.events.register("before-call.dynamodb.*", self._count)

    def _count(self, model, **_):
        self.calls.append(model.name)


def test_a_whole_life_is_written_down_and_folds_into_what_stands(orders):
    commands = Commands("c")
    approved(orders, "ord_1", commands)
    fence = write(orders, "ord_1", commands.take()).order.fence
    write(orders, "ord_1", commands.complete(GLEB, fence))
    write(orders, "ord_1", commands.pack(), commands.ship())
    write(orders, "ord_1", commands.close())
    history = list(orders.history("ord_1"))
    assert [step.event.version for step in history] == list(range(1, 13))
    assert fold(step.event for step in history) == orders.record("ord_1").order == history[-1].after
    assert orders.events("ord_1", after=3, limit=2) == tuple(history[3:5])
    assert orders.event("ord_1", 8).event.fact.name == "OrderTaken"


def test_every_command_costs_exactly_two_calls(orders, client):
    commands = Commands("c")
    counting = Counting(client)
    create = commands.create(channel=Channel.PARTNER, reference="A-1")
    use = KeyUse("par_northern", "k", "h", MONDAY)
    write(orders, "ord_1", create, key=use, also=[model_key("mdl_1")])
    assert counting.calls == ["BatchGetItem", "TransactWriteItems"]
    write(orders, "ord_1", commands.files(), commands.submit())
    write(orders, "ord_1", commands.price(), items=[breakdown("ord_1")])
    write(orders, "ord_1", commands.accept(), commands.pay(), commands.approve())
    counting.calls.clear()
    write(orders, "ord_1", commands.take())
    assert counting.calls == ["BatchGetItem", "TransactWriteItems"]


def test_the_machines_attributes_outlive_a_change_of_the_order(orders, drivers, client):
    commands = Commands("c")
    write(orders, "ord_1", commands.create())
    client.update_item(
        TableName=NAME,
        Key={"pk": {"S": "ORDER#ord_1"}, "sk": {"S": "ORDER"}},
        UpdateExpression="SET wake_token = :token, parked_version = :one",
        ExpressionAttributeValues={":token": {"S": "token"}, ":one": {"N": "1"}},
    )
    write(orders, "ord_1", commands.note())
    driver = drivers.record("ord_1").driver
    assert (driver.wake_token, driver.parked_version, driver.generation) == ("token", 1, 1)


def test_a_missing_order_and_a_missing_event_are_not_there(orders):
    assert orders.record("ord_none") is None
    assert orders.read("ord_none").order is None
    with pytest.raises(KeyError):
        orders.event("ord_none", 1)


def test_the_first_answer_is_replayed_and_another_body_refused(orders):
    commands = Commands("c")
    create = commands.create()
    use = KeyUse(CUSTOMER.id, "k", "h", MONDAY, 201)
    write(orders, "ord_1", create, key=use)
    again = write(orders, "ord_1", create, key=use)
    assert (again.replayed, again.http_status, again.order.version) == (True, 201, 1)
    with pytest.raises(KeyReused):
        write(orders, "ord_1", create, key=KeyUse(CUSTOMER.id, "k", "other", MONDAY))
    late = KeyUse(CUSTOMER.id, "k", "h", MONDAY + timedelta(days=2))
    assert write(orders, "ord_1", create, key=late).replayed
    assert not write(orders, "ord_1", commands.note(), key=late).replayed


def test_a_stale_version_is_refused(orders):
    commands = Commands("c")
    write(orders, "ord_1", commands.create())
    write(orders, "ord_1", commands.note(), expected_version=1)
    with pytest.raises(VersionMismatch):
        write(orders, "ord_1", commands.note(), expected_version=1)


def test_the_limit_of_work_in_progress_is_a_condition_of_the_transaction(orders):
    company = Company(work_in_progress=WorkInProgress(orders=1, pieces=20))
    for order_id in ("ord_1", "ord_2"):
        approved(orders, order_id, Commands(order_id))
    takes = Commands("t", at=MONDAY + timedelta(hours=1))
    write(orders, "ord_1", takes.take(), company=company)
    with pytest.raises(Conflict) as full:
        write(orders, "ord_2", takes.take(), company=company)
    assert full.value.code == "operator.work_in_progress_limit"
    assert orders.work_in_hand(GLEB.id) == WorkInHand(orders=1, pieces=1)
    assert write(orders, "ord_2", takes.take(DINA), company=company).order.owner == DINA.id


def test_a_partners_reference_names_one_order(orders):
    def create(order_id):
        return Commands(order_id).create(channel=Channel.PARTNER, reference="A-17")

    write(orders, "ord_1", create("ord_1"))
    with pytest.raises(Conflict) as taken:
        write(orders, "ord_2", create("ord_2"))
    assert taken.value.facts == {"order_id": "ord_1"}


def test_a_price_is_used_once_and_says_so(orders):
    commands = Commands("c")
    write(orders, "ord_1", commands.create(payment=Payment.CREDIT), commands.files(), commands.submit())
    write(orders, "ord_1", commands.price(), commands.accept(), items=[breakdown("ord_1")])
    assert orders.price("ord_1", "prc_1")["accepted_version"] == 5
    assert orders.price("ord_1", "prc_1")["breakdown"] == b"compressed"
    write(orders, "ord_2", *(Commands("d").create(), Commands("e").files(), Commands("f").submit()))
    write(orders, "ord_2", Commands("g").price())
    with pytest.raises(Conflict) as refused:
        write(orders, "ord_2", Commands("h").accept())
    assert refused.value.code == "price.already_used"


def test_an_order_that_is_over_leaves_the_index_of_open_orders(orders, client):
    commands = Commands("c")
    write(orders, "ord_1", commands.create())
    assert "check_shard" in orders.item(order_key("ord_1"))
    write(orders, "ord_1", commands.cancel())
    item = orders.item(order_key("ord_1"))
    assert not {"check_shard", "next_check_at", "deadline_at", "owner"} & item.keys()


def test_a_buyers_orders_come_in_pages_newest_first(orders):
    for number in range(5):
        write(orders, f"ord_{number}", Commands(f"c{number}", at=MONDAY + timedelta(hours=number)).create())
    write(orders, "ord_test", Commands("t").create(mode=Mode.TEST))
    seen, cursor = [], None
    while True:
        page = orders.orders_of(CUSTOMER.id, Mode.LIVE, limit=2, cursor=cursor)
        seen.extend(order.order_id for order in page.orders)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["ord_4", "ord_3", "ord_2", "ord_1", "ord_0"]
    assert [order.order_id for order in orders.orders_of(CUSTOMER.id, Mode.TEST).orders] == ["ord_test"]
    assert orders.orders_of("cus_other", Mode.LIVE).orders == ()


@pytest.mark.parametrize("cursor", ["", "x", "WzEsIDFd", "WzIsICJhI2IiXQ", "bnVsbA", "\u00e9"])
def test_a_cursor_that_no_page_gave_is_invalid(orders, cursor):
    with pytest.raises(Invalid):
        orders.orders_of(CUSTOMER.id, Mode.LIVE, cursor=cursor)


def test_keys_that_were_left_unprocessed_are_asked_for_again(client):
    place = {"pk": {"S": "ORDER#ord_1"}, "sk": {"S": "ORDER"}}
    asked = {NAME: {"Keys": [place], "ConsistentRead": True}}
    with Stubber(client) as stub:
        stub.add_response(
            "batch_get_item", {"Responses": {NAME: []}, "UnprocessedKeys": asked}, {"RequestItems": asked}
        )
        stub.add_response("batch_get_item", {"Responses": {NAME: []}, "UnprocessedKeys": {}}, {"RequestItems": asked})
        assert DynamoOrderTable(client, NAME).read("ord_1").order is None
        for _ in range(5):
            stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": asked})
        with pytest.raises(Contended):
            DynamoOrderTable(client, NAME).read("ord_1")


class Failing:
    """A client whose transaction fails once, before or after it is made."""

    def __init__(self, client, error, *, after=False):
        self._client, self._error, self._after = client, error, after

    def __getattr__(self, name):
        return getattr(self._client, name)

    def transact_write_items(self, **request):
        error, self._error = self._error, None
        if error is None:
            return self._client.transact_write_items(**request)
        if self._after:
            self._client.transact_write_items(**request)
        raise error


def cancelled(*codes):
    reasons = [{"Code": code} for code in codes]
    return ClientError(
        {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}, "TransactWriteItems"
    )


@pytest.mark.parametrize(
    "error",
    [
        cancelled("TransactionConflict", "None", "None"),
        cancelled("ConditionalCheckFailed", "TransactionConflict", "None"),
        cancelled("ThrottlingError", "None", "None"),
        ClientError({"Error": {"Code": "TransactionInProgressException"}}, "TransactWriteItems"),
        ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "TransactWriteItems"),
        ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems"),
    ],
    ids=lambda error: str(error.response.get("CancellationReasons", error.response["Error"]["Code"]))[:60],
)
def test_what_asks_for_patience_gets_it(client, error):
    orders = DynamoOrderTable(Failing(client, error), NAME)
    assert write(orders, "ord_1", Commands("c").create()).order.version == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_connection_that_breaks_leaves_one_order_either_way(client, after):
    orders = DynamoOrderTable(Failing(client, ReadTimeoutError(endpoint_url="x"), after=after), NAME)
    applied = write(orders, "ord_1", Commands("c").create())
    assert (applied.order.version, applied.replayed) == (1, False)
    assert orders.item(event_key("ord_1", 2)) is None


def test_an_error_that_nobody_foresaw_is_not_swallowed(client):
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "TransactWriteItems")
    with pytest.raises(ClientError):
        write(DynamoOrderTable(Failing(client, denied), NAME), "ord_1", Commands("c").create())


def test_the_status_is_part_of_the_condition(orders, client):
    """An order whose status somebody wrote by hand is not overwritten on the strength of its version."""
    commands = Commands("c")
    write(orders, "ord_1", commands.create())
    stale = orders.read("ord_1")
    client.update_item(
        TableName=NAME,
        Key={"pk": {"S": "ORDER#ord_1"}, "sk": {"S": "ORDER"}},
        UpdateExpression="SET #status = :closed",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":closed": {"S": "CLOSED"}},
    )
    assert stale.order.status is Status.INITIATED
    with pytest.raises(Busy):
        write(orders, "ord_1", commands.note())
