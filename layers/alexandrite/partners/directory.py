"""The directory of partners and their keys, in the company table."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import AwareDatetime, Field

from alexandrite.domain.errors import Conflict, NotFound
from alexandrite.domain.orders import Mode
from alexandrite.domain.values import Value
from alexandrite.partners.keys import KeyRecord, Scope, digest, issue, usage_identifier
from alexandrite.partners.usage_plan import UsagePlan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_ACTIVE_KEYS = 2  # per mode: the old one and its successor while a partner rotates

PartnerId = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$", description="a slug")]


class KeySummary(Value):
    """What may be shown of a key."""

    key_id: str
    name: Annotated[str, Field(max_length=60)] = ""
    mode: Mode
    scopes: frozenset[Scope]
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None = None


class Partner(Value):
    """A seller who orders through the open API."""

    partner_id: PartnerId
    name: Annotated[str, Field(min_length=1, max_length=100)]
    credit: bool = Field(default=False, description="pays by invoice: orders need no payment before production")
    created_at: AwareDatetime
    revision: int = 1
    keys: tuple[KeySummary, ...] = ()

    def active_keys(self, mode: Mode) -> tuple[KeySummary, ...]:
        """Return the keys of one mode that still open something."""
        return tuple(key for key in self.keys if key.mode is mode and key.revoked_at is None)


class PartnerTable(Protocol):
    """Where partners and keys are kept."""

    def partners(self) -> tuple[Partner, ...]:
        """Return all partners in the order of their ids."""

    def partner(self, partner: str) -> Partner | None:
        """Return one partner, read consistently."""

    def key(self, key_id: str) -> tuple[KeyRecord, bool] | None:
        """Return a key and whether its partner has credit, in one read."""

    def add(self, partner: Partner) -> bool:
        """Store a new partner; False when the id is taken."""

    def replace(self, partner: Partner, key: KeyRecord) -> bool:
        """Store a partner's next revision together with one of its keys; False when the revision has moved."""


class PartnerDirectory:
    """The use cases around partners."""

    def __init__(self, table: PartnerTable, pepper: bytes, usage_plan: UsagePlan) -> None:
        self._table = table
        self._pepper = pepper
        self._usage_plan = usage_plan

    def partners(self) -> tuple[Partner, ...]:
        """Return all partners."""
        return self._table.partners()

    def add(self, partner: str, name: str, *, credit: bool, now: datetime) -> Partner:
        """Add a partner; the same partner again is found.

        Raises:
            Conflict: the id belongs to another partner (`partner.exists`).
        """
        wanted = Partner(partner_id=partner, name=name, credit=credit, created_at=now)
        if self._table.add(wanted):
            return wanted
        there = self._partner(partner)
        if (there.name, there.credit) != (name, credit):
            raise Conflict(f"There is another partner {partner}.", code="partner.exists", pointer="/partner_id")
        return there

    def issue_key(
        self, partner: str, mode: Mode, scopes: frozenset[Scope], *, name: str, now: datetime
    ) -> tuple[str, KeySummary]:
        """Return a new key, whole: it is shown once and cannot be read again.

        Raises:
            Conflict: two keys of this mode are active (`key.too_many`); revoke one first.
        """
        there = self._partner(partner)
        if len(there.active_keys(mode)) >= MOST_ACTIVE_KEYS:
            raise Conflict(f"{MOST_ACTIVE_KEYS} {mode} keys are active; revoke one first.", code="key.too_many")
        # Before there is a key: one that nobody counts would be refused by the gateway.
        self._usage_plan.admit(usage_identifier(partner, mode, self._pepper), f"{partner}.{mode}")
        whole, key = issue(mode)
        record = KeyRecord(
            key_id=key.key_id,
            partner=partner,
            mode=mode,
            scopes=scopes,
            digest=digest(key, self._pepper),
            created_at=now,
        )
        summary = KeySummary(key_id=key.key_id, name=name, mode=mode, scopes=scopes, created_at=now)
        self._replace(there, (*there.keys, summary), record)
        return whole, summary

    def revoke_key(self, partner: str, key_id: str, *, now: datetime) -> None:
        """Revoke a key: it opens nothing once the verdicts on it are forgotten, within a minute.

        Raises:
            NotFound: the partner has no such key.
        """
        there = self._partner(partner)
        found = self._table.key(key_id)
        if found is None or found[0].partner != partner:
            raise NotFound(f"{partner} has no key {key_id}.")
        record, _ = found
        if not record.is_active:
            return
        keys = tuple(key.model_copy(update={"revoked_at": now}) if key.key_id == key_id else key for key in there.keys)
        self._replace(there, keys, replace(record, revoked_at=now))

    def _replace(self, there: Partner, keys: tuple[KeySummary, ...], record: KeyRecord) -> None:
        after = there.model_copy(update={"keys": keys, "revision": there.revision + 1})
        if not self._table.replace(after, record):
            raise Conflict("Somebody else changed the partner's keys just now; try again.", code="partner.raced")

    def _partner(self, partner: str) -> Partner:
        found = self._table.partner(partner)
        if found is None:
            raise NotFound(f"There is no partner {partner}.")
        return found


class DynamoPartnerTable:
    """`PartnerTable` in the company table: one item per partner on a shelf, one per key by its id."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._name = table_name

    def partners(self) -> tuple[Partner, ...]:
        found: list[Partner] = []
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :shelf",
            ExpressionAttributeValues={":shelf": {"S": "PARTNERS"}},
            ConsistentRead=True,
        )
        for page in pages:
            found += [Partner.model_validate_json(item["record"]["S"]) for item in page["Items"]]
        return tuple(found)

    def partner(self, partner: str) -> Partner | None:
        item = self._client.get_item(TableName=self._name, Key=_partner_key(partner), ConsistentRead=True).get("Item")
        return Partner.model_validate_json(item["record"]["S"]) if item is not None else None

    def key(self, key_id: str) -> tuple[KeyRecord, bool] | None:
        item = self._client.get_item(TableName=self._name, Key=_key_key(key_id), ConsistentRead=True).get("Item")
        return (_to_key(key_id, item), item["credit"]["BOOL"]) if item is not None else None

    def add(self, partner: Partner) -> bool:
        try:
            self._client.put_item(**self._put(partner), ConditionExpression="attribute_not_exists(pk)")
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def replace(self, partner: Partner, key: KeyRecord) -> bool:
        put_partner: Any = {
            **self._put(partner),
            "ConditionExpression": "revision = :seen",
            "ExpressionAttributeValues": {":seen": {"N": str(partner.revision - 1)}},
        }
        put_key: Any = {"TableName": self._name, "Item": _from_key(key, partner.credit)}
        try:
            self._client.transact_write_items(TransactItems=[{"Put": put_partner}, {"Put": put_key}])
        except self._client.exceptions.TransactionCanceledException:
            return False
        return True

    def _put(self, partner: Partner) -> Any:
        item = {
            **_partner_key(partner.partner_id),
            "revision": {"N": str(partner.revision)},
            "record": {"S": partner.model_dump_json()},
        }
        return {"TableName": self._name, "Item": item}


def _partner_key(partner: str) -> Any:
    return {"pk": {"S": "PARTNERS"}, "sk": {"S": partner}}


def _key_key(key_id: str) -> Any:
    return {"pk": {"S": f"APIKEY#{key_id}"}, "sk": {"S": "APIKEY"}}


def _from_key(key: KeyRecord, credit: bool) -> Any:
    item = {
        **_key_key(key.key_id),
        "partner": {"S": key.partner},
        "mode": {"S": key.mode},
        "scopes": {"S": " ".join(sorted(key.scopes))},
        "digest": {"S": key.digest},
        "credit": {"BOOL": credit},
        "created_at": {"S": key.created_at.isoformat()},
    }
    return item | ({"revoked_at": {"S": key.revoked_at.isoformat()}} if key.revoked_at is not None else {})


def _to_key(key_id: str, item: Mapping[str, Any]) -> KeyRecord:
    revoked_at = item.get("revoked_at")
    return KeyRecord(
        key_id=key_id,
        partner=item["partner"]["S"],
        mode=Mode(item["mode"]["S"]),
        scopes=frozenset(Scope(scope) for scope in item["scopes"]["S"].split()),
        digest=item["digest"]["S"],
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        revoked_at=datetime.fromisoformat(revoked_at["S"]) if revoked_at is not None else None,
    )
