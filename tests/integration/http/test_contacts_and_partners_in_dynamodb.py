"""The adapters of contacts, partners and references, one at a time, over an emulated DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from alexandrite.buying.reconciliation import DynamoReferences
from alexandrite.contacts import Address, DynamoContacts, Recipient
from alexandrite.domain.errors import Conflict, KeyReused
from alexandrite.domain.orders import Mode
from alexandrite.partners.directory import DynamoPartnerTable, PartnerDirectory
from alexandrite.partners.keys import ALL_SCOPES, opens, parse
from alexandrite.store.items import attributes, fold_attributes, keyed
from alexandrite.store.keys import order_key, reference_key
from tests.http_world import MemoryUsagePlan
from tests.orders import MONDAY
from tests.priced_orders import PARTNER, Company

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANNA = Recipient(
    name="Anna Petrova",
    phone="+79990000001",
    address=Address(postal_code="190000", city="Saint Petersburg", street="Nevsky 1"),
)


TWO_KEYS = {"pk": "HASH", "sk": "RANGE"}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator["DynamoDBClient"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        for table, keys in (("contacts", {"pk": "HASH"}), ("company", TWO_KEYS), ("orders", TWO_KEYS)):
            dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
                KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            )
        yield dynamodb


def test_a_contact_is_kept_found_and_erased(client: "DynamoDBClient") -> None:
    contacts = DynamoContacts(client, "contacts")
    contacts.keep("ctc_1", "customer:anna", ANNA, MONDAY)
    contacts.keep("ctc_1", "customer:anna", ANNA, MONDAY + timedelta(hours=1))
    assert contacts.find("ctc_1") == ANNA
    with pytest.raises(KeyReused):
        contacts.keep("ctc_1", "customer:anna", ANNA.model_copy(update={"name": "Boris"}), MONDAY)
    contacts.erase("ctc_1")
    assert contacts.find("ctc_1") is None


def test_a_key_is_issued_found_by_its_id_and_revoked(client: "DynamoDBClient") -> None:
    table = DynamoPartnerTable(client, "company")
    directory = PartnerDirectory(table, b"pepper", MemoryUsagePlan())
    directory.add("amber-house", "Amber House", credit=True, now=MONDAY)
    directory.add("amber-house", "Amber House", credit=True, now=MONDAY)
    whole, summary = directory.issue_key("amber-house", Mode.TEST, ALL_SCOPES, name="first", now=MONDAY)
    found = table.key(summary.key_id)
    presented = parse(f"Bearer {whole}")
    assert found is not None
    assert presented is not None
    assert (opens(presented, found[0], b"pepper"), found[1]) == (True, True)
    assert [partner.keys for partner in directory.partners()] == [(summary,)]
    directory.revoke_key("amber-house", summary.key_id, now=MONDAY)
    revoked = table.key(summary.key_id)
    assert revoked is not None
    assert not opens(presented, revoked[0], b"pepper")
    assert table.key("0" * 12) is None


def test_of_two_writers_of_a_partner_one_learns_that_it_was_late(client: "DynamoDBClient") -> None:
    table = DynamoPartnerTable(client, "company")
    directory = PartnerDirectory(table, b"pepper", MemoryUsagePlan())
    seen = directory.add("amber-house", "Amber House", credit=False, now=MONDAY)
    directory.issue_key("amber-house", Mode.LIVE, ALL_SCOPES, name="", now=MONDAY)

    class Late(DynamoPartnerTable):
        def partner(self, partner: str) -> Any:
            return seen

    with pytest.raises(Conflict, match="just now"):
        PartnerDirectory(Late(client, "company"), b"pepper", MemoryUsagePlan()).issue_key(
            "amber-house", Mode.LIVE, ALL_SCOPES, name="", now=MONDAY
        )


def test_references_lead_to_orders_as_they_stand(client: "DynamoDBClient") -> None:
    company = Company()
    order = company.created(company.analysed(owner=PARTNER.id), actor=PARTNER)
    stored = attributes({**fold_attributes(order), "driver_generation": 1})
    client.put_item(TableName="orders", Item={**keyed(order_key(order.order_id)), **stored})
    claim = reference_key(PARTNER.id, Mode.LIVE, "PO-1")
    client.put_item(TableName="orders", Item={**keyed(claim), "order_id": {"S": order.order_id}})
    references = DynamoReferences(client, "orders")
    assert references.orders(PARTNER.id, Mode.LIVE, ["PO-1", "PO-2"]) == {"PO-1": order}
    assert references.orders(PARTNER.id, Mode.TEST, ["PO-1"]) == {}
    assert references.orders(PARTNER.id, Mode.LIVE, []) == {}
