"""Keys of partners: what is kept of them, whom they let in, and how far."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alexandrite.auth.verdicts import prefix_of, verdict
from alexandrite.domain.orders import Mode
from alexandrite.partners.directory import PartnerDirectory
from alexandrite.partners.keys import ALL_SCOPES, Scope, digest, issue, opens, parse, usage_identifier
from tests.http_world import PEPPER, MemoryPartners, MemoryUsagePlan
from tests.orders import MONDAY

ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef/api/GET/partner/v1/orders"


class Keys:
    """A directory with one partner, and one live key of it."""

    def __init__(self) -> None:
        self.table = MemoryPartners()
        self.plan = MemoryUsagePlan()
        self.directory = PartnerDirectory(self.table, PEPPER, self.plan)
        self.directory.add("amber-house", "Amber House", credit=True, now=MONDAY)
        self.key, self.summary = self.directory.issue_key(
            "amber-house", Mode.LIVE, frozenset({Scope.ORDERS_READ}), name="first", now=MONDAY
        )

    def verdict(self, header: str) -> dict[str, object] | None:
        return verdict(header, ARN, self.table, PEPPER)


@pytest.fixture
def keys() -> Keys:
    return Keys()


def test_a_key_lets_its_partner_in_with_its_scopes(keys: Keys) -> None:
    let_in = keys.verdict(f"Bearer {keys.key}")
    assert let_in is not None
    assert let_in["principalId"] == "amber-house"
    assert let_in["context"] == {
        "partner": "amber-house",
        "mode": "live",
        "scopes": "orders:read",
        "credit": "true",
        "key_id": keys.summary.key_id,
    }


def test_a_verdict_holds_for_the_whole_prefix_and_nothing_else(keys: Keys) -> None:
    prefix = "arn:aws:execute-api:eu-central-1:123456789012:abcdef/api/*/partner/*"
    assert prefix_of(ARN) == prefix
    let_in = keys.verdict(f"bearer {keys.key}")
    assert let_in is not None
    assert let_in["policyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": prefix}],
    }


def test_requests_are_counted_under_the_name_that_the_verdict_gives(keys: Keys) -> None:
    let_in = keys.verdict(f"Bearer {keys.key}")
    assert let_in is not None
    assert keys.plan.identifiers == {let_in["usageIdentifierKey"]: "amber-house.live"}


def test_nothing_but_the_whole_active_key_lets_anybody_in(keys: Keys) -> None:
    live, key_id, secret = keys.key[:8], keys.summary.key_id, keys.key.rsplit("_", 1)[1]
    other, _ = issue(Mode.LIVE)
    for header in (
        "",
        "Bearer",
        keys.key,
        f"Basic {keys.key}",
        f"Bearer {other}",
        f"Bearer {live}{key_id}_{secret[:-1]}",
        f"Bearer {live}{key_id}_{secret[:-1]}{'a' if secret[-1] != 'a' else 'b'}",
        f"Bearer {live}{key_id}_",
        f"Bearer ak_test_{key_id}_{secret}",
        f"Bearer {keys.key} {keys.key}",
    ):
        assert keys.verdict(header) is None
    keys.directory.revoke_key("amber-house", key_id, now=MONDAY + timedelta(days=1))
    assert keys.verdict(f"Bearer {keys.key}") is None


def test_nothing_that_is_kept_or_shown_opens_anything(keys: Keys) -> None:
    secret = keys.key.rsplit("_", 1)[1]
    assert secret not in repr(keys.table)
    presented = parse(f"Bearer {keys.key}")
    assert presented is not None
    record = keys.table.keys[keys.summary.key_id]
    assert opens(presented, record, PEPPER)
    assert not opens(presented, record, b"another pepper")
    assert not opens(presented, replace(record, mode=Mode.TEST), PEPPER)
    assert not opens(presented, None, PEPPER)


def test_a_digest_is_bound_to_its_key_and_mode() -> None:
    _, live = issue(Mode.LIVE)
    others = (replace(live, mode=Mode.TEST), replace(live, key_id="0" * 12))
    assert digest(live, PEPPER) not in {digest(other, PEPPER) for other in others}


def test_a_partners_usage_is_counted_under_a_name_that_tells_nothing() -> None:
    names = {usage_identifier(partner, mode, PEPPER) for partner in ("amber-house", "northern-lights") for mode in Mode}
    assert len(names) == 4
    assert not any("amber" in name for name in names)


def test_a_new_key_may_do_everything_unless_it_is_told_less() -> None:
    assert frozenset(Scope) == ALL_SCOPES
