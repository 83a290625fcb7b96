"""Eight operators reach for the same order at the same moment."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from alexandrite.company_book.book import FRESH_S, CompanyBook
from alexandrite.company_book.documents import DynamoDocumentTable
from alexandrite.domain.company import Company, WorkInProgress
from tests.e2e.world import Door, World

RIVALS = 8
RACES = 40


def race[T](contestants: list[Callable[[], T]]) -> list[T]:
    """Let all of them start at once, and return what each came to."""
    line = threading.Barrier(len(contestants))

    def start(contestant: Callable[[], T]) -> T:
        line.wait()
        return contestant()

    with ThreadPoolExecutor(len(contestants)) as pool:
        return list(pool.map(start, contestants))


@pytest.fixture
def no_limit_of_work_in_progress(world: World) -> Iterator[None]:
    """An operator may win all races; what an operator may have in hand otherwise is not the subject here."""
    book = CompanyBook(DynamoDocumentTable(world.cloud.client("dynamodb"), world.outputs["CompanyTable"]))
    before = book.company()
    book.set_company(Company(work_in_progress=WorkInProgress(orders=2 * RACES, pieces=2 * RACES)))
    time.sleep(FRESH_S)  # that long a function may go on with the settings it has read
    yield
    book.set_company(before)


def test_of_raced_conditional_transactions_exactly_one_wins(world: World) -> None:
    """What all else here rests on. An emulator without it would let several operators have the same order."""
    table = world.cloud.client("dynamodb")
    table.create_table(
        TableName="races",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def take(number: int, rival: int) -> bool:
        put = {
            "TableName": "races",
            "Item": {"pk": {"S": str(number)}, "owner": {"S": str(rival)}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        try:
            table.transact_write_items(TransactItems=[{"Put": put}])
        except table.exceptions.TransactionCanceledException:
            return False
        return True

    winners = [sum(race([partial(take, number, rival) for rival in range(RIVALS)])) for number in range(RACES)]
    assert winners == [1] * RACES


@pytest.mark.usefixtures("no_limit_of_work_in_progress")
def test_of_eight_operators_exactly_one_gets_the_order_and_the_others_learn_who(world: World) -> None:
    operators = {operator.get("/me")["operator"]: operator for operator in world.hire(RIVALS, team="rival")}
    orders = world.many_approved(RACES)
    before = {name: _in_hand(operator) for name, operator in operators.items()}

    won: Counter[str] = Counter()
    for order_id in orders:
        answers = dict(
            zip(operators, race([partial(_take, each, order_id) for each in operators.values()]), strict=True)
        )
        (winner,) = [name for name, answer in answers.items() if answer.is_success]
        assert answers.pop(winner).json()["owner"] == winner
        for answer in answers.values():
            problem = answer.json()
            assert (answer.status_code, problem["code"], problem["owner"]) == (409, "order.already_taken", winner)
        assert world.record(order_id).order.owner == winner
        won[winner] += 1

    for name, operator in operators.items():
        orders_before, pieces_before = before[name]
        assert _in_hand(operator) == (orders_before + won[name], pieces_before + won[name])
    for order_id in orders:
        world.history_is_sound(order_id)
        assert [event.fact.name for event in world.events(order_id)].count("OrderTaken") == 1


def _take(operator: Door, order_id: str) -> Any:
    return operator.ask(f"/orders/{order_id}/take")


def _in_hand(operator: Door) -> tuple[int, int]:
    found = operator.get("/me")
    return found["orders"], found["pieces"]
