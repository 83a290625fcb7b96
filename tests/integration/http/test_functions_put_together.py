"""Each API function as its composition puts it together, over emulated services: one request through every adapter."""

import hashlib
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from chalice.local import LambdaEventConverter, RouteMatcher
from moto import mock_aws

import authorizer.partners
import crm.app
import crm.composition
import mes.app
import mes.composition
import shop.app
import shop.composition
from alexandrite import clients
from alexandrite.http.openapi import statuses_of
from tests.http_world import ANNA, BORIS, DELIVERY, GLEB, VERA, MemoryUsagePlan, Person, Reply, partner
from tests.priced_orders import RING

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "ORDERS_TABLE": "orders",
    "CONTACTS_TABLE": "contacts",
    "COMPANY_TABLE": "company",
    "BOARD_TABLE": "board",
    "ATTENTION_TABLE": "attention",
    "MODELS_BUCKET": "models",
    "API_KEY_PEPPER_SECRET": "pepper",
    "CARRIER_SECRET": "carrier",
    "PARTNER_USAGE_PLAN": "partners",
}
ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef/api/GET/partner/v1/orders"


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        _forget()
        _create_tables()
        boto3.client("s3").create_bucket(
            Bucket="models", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        boto3.client("s3").put_bucket_versioning(Bucket="models", VersioningConfiguration={"Status": "Enabled"})
        queue = boto3.client("sqs").create_queue(QueueName="pricing")
        monkeypatch.setenv("PRICING_QUEUE_URL", queue["QueueUrl"])
        for name in ("pepper", "carrier"):
            boto3.client("secretsmanager").create_secret(Name=name, SecretString=f"{name} of the tests")
        # moto has no API Gateway here; the plan's own adapter is tested on the local cloud
        monkeypatch.setattr(crm.composition, "ApiGatewayUsagePlan", lambda client, name: MemoryUsagePlan())
        yield
    _forget()


def _forget() -> None:
    """Let no client or use case of another test live on."""
    modules: tuple[ModuleType, ...] = (
        clients,
        shop.composition,
        crm.composition,
        mes.composition,
        authorizer.partners,
    )
    for module in modules:
        for made_once in vars(module).values():
            if hasattr(made_once, "cache_clear"):
                made_once.cache_clear()


def _create_tables() -> None:
    dynamodb: Any = boto3.client("dynamodb")
    names = {"contacts": ("pk",), "company": ("pk", "sk"), "board": ("pk", "sk"), "attention": ("pk", "sk")}
    for table, keys in {**names, "orders": ("pk", "sk")}.items():
        more: dict[str, Any] = {}
        attributes = list(keys)
        if table == "orders":
            attributes += ["buyer_key", "created_key"]
            more["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": "by-buyer",
                    "KeySchema": _schema("buyer_key", "created_key"),
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["summary"]},
                }
            ]
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
            KeySchema=_schema(*keys),
            **more,
        )


def _schema(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def call(app: Any, person: Person, method: str, path: str, body: object = None, *, key: str = "key") -> Reply:
    """Send one request through an app and hold the answer against the app's description."""
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    content = b"" if body is None else json.dumps(body).encode()
    event = LambdaEventConverter(RouteMatcher(list(app.routes))).create_lambda_event(method, path, headers, content)
    event["requestContext"] |= {"requestId": f"{method} {path}", "authorizer": dict(person.context)}
    answer = app(event, None)
    entry = app.routes[event["requestContext"]["resourcePath"]][method]
    documented = {entry.view_function.route.status, *statuses_of(entry.view_function.route, entry.uri_pattern)}
    assert answer["statusCode"] in documented - {500}, answer["body"]
    return Reply(answer["statusCode"], answer["headers"], answer["body"])


def upload(person: Person, key: str = "model") -> str:
    """Announce a ring and put its file where the form says; return the model's id."""
    declared = {"size_bytes": len(RING), "sha256": hashlib.sha256(RING).hexdigest(), "unit": "mm"}
    made = call(shop.app.app, person, "POST", "/shop/v1/models", declared, key=key).json
    form = made["upload"]["fields"]
    boto3.client("s3").put_object(Bucket="models", Key=form["key"], Body=RING, ChecksumAlgorithm="SHA256")
    return str(made["model"]["model_id"])


def test_an_order_is_begun_submitted_listed_and_called_off() -> None:
    line = {"model": upload(ANNA), "material": "silver_925", "finish": "polished", "quantity": 1}
    made = call(
        shop.app.app, ANNA, "POST", "/shop/v1/orders", {"lines": [line], "delivery": DELIVERY}, key="order"
    ).json
    path = f"/shop/v1/orders/{made['order_id']}"
    submitted = call(shop.app.app, ANNA, "POST", f"{path}/submit", {}, key="submit")
    assert (submitted.status, submitted.json["status"]) == (202, "SUBMITTED")
    assert call(shop.app.app, ANNA, "GET", f"{path}/price").json["state"] == "calculating"
    again = call(shop.app.app, ANNA, "POST", f"{path}/submit", {}, key="submit")
    assert (again.text, again.headers["Idempotent-Replayed"]) == (submitted.text, "true")
    assert call(shop.app.app, BORIS, "GET", path).status == 404
    rows = call(shop.app.app, ANNA, "GET", "/shop/v1/orders").json["items"]
    assert [(row["order_id"], row["status"]) for row in rows] == [(made["order_id"], "SUBMITTED")]
    assert call(shop.app.app, ANNA, "POST", f"{path}/cancel", {}, key="cancel").json["status"] == "CANCELLED"
    names = [entry["event"] for entry in call(shop.app.app, ANNA, "GET", f"{path}/timeline").json["items"]]
    assert names == ["OrderCreated", "FilesRecorded", "OrderSubmitted", "OrderCancelled"]


def test_models_are_listed_corrected_and_deleted() -> None:
    model = upload(ANNA)
    shown = call(shop.app.app, ANNA, "GET", f"/shop/v1/models/{model}").json
    assert (shown["stage"], shown["preview_url"]) == ("awaiting_upload", None)
    assert call(shop.app.app, ANNA, "POST", f"/shop/v1/models/{model}/unit", {"unit": "in"}).json["unit"] == "in"
    assert [row["model_id"] for row in call(shop.app.app, ANNA, "GET", "/shop/v1/models").json["items"]] == [model]
    assert call(shop.app.app, ANNA, "DELETE", f"/shop/v1/models/{model}").status == 204
    assert "Versions" not in boto3.client("s3").list_object_versions(Bucket="models")


def test_a_seller_admits_a_partner_whose_key_then_opens_the_api() -> None:
    app = crm.app.app
    call(app, VERA, "POST", "/crm/v1/partners", {"partner_id": "amber-house", "name": "Amber House", "credit": True})
    issued = call(app, VERA, "POST", "/crm/v1/partners/amber-house/keys", {"mode": "live"}).json
    event = {"type": "TOKEN", "authorizationToken": f"Bearer {issued['key']}", "methodArn": ARN}
    context = authorizer.partners.handler(event, None)["context"]
    assert (context["partner"], context["credit"]) == ("amber-house", "true")
    found = call(shop.app.app, Person(context), "GET", "/partner/v1/orders?client_reference=PO-1").json
    assert found["items"] == []
    call(app, VERA, "DELETE", f"/crm/v1/partners/amber-house/keys/{issued['key_id']}")
    with pytest.raises(authorizer.partners.Unauthorized, match=r"^Unauthorized$"):
        authorizer.partners.handler(event, None)


def test_sellers_and_operators_see_their_lists_and_books() -> None:
    for path in ("/orders", "/attention", "/rules/auto-approval", "/price-lists", "/metal-rates", "/partners"):
        assert call(crm.app.app, VERA, "GET", f"/crm/v1{path}").status == 200
    for path in ("/orders", "/counts", "/me"):
        assert call(mes.app.app, GLEB, "GET", f"/mes/v1{path}").status == 200
    assert call(mes.app.app, GLEB, "POST", "/mes/v1/orders/next").code == "queue.empty"


def test_the_books_of_a_partner_are_compared() -> None:
    asked = {"orders": [{"client_reference": "PO-1"}]}
    result = call(shop.app.app, partner("amber-house"), "POST", "/partner/v1/reconciliations", asked).json
    assert result == {"found": [], "different": [], "missing": ["PO-1"]}
