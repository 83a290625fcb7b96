"""The routes of the template, of the apps and of the OpenAPI document are the same."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Chalice

from alexandrite.auth.authorizers import customers
from alexandrite.partners.limits import THROTTLE
from infra_cdk.api import PUBLIC_ROUTES
from infra_cdk.constructs.routes import UnknownAuthorizerError, routes_of
from tests.template import Template

OPENAPI = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
APPS = ("shop", "crm", "mes")


def app_of(name: str) -> Any:
    return importlib.import_module(f"{name}.app").app


def path_of(resources: dict[str, Any], reference: Any) -> str:
    if "Fn::GetAtt" in reference:
        return ""
    properties = resources[reference["Ref"]]["Properties"]
    return f"{path_of(resources, properties['ParentId'])}/{properties['PathPart']}"


@pytest.fixture(scope="module")
def methods(template: Template) -> dict[str, Any]:
    resources = dict(template.stacks["Api"]["Resources"])
    return {
        f"{each.properties['HttpMethod']} {path_of(resources, each.properties['ResourceId'])}": each.properties
        for each in template.resources("AWS::ApiGateway::Method")
    }


def test_the_template_has_the_routes_of_the_apps_and_no_other(methods: dict[str, Any]) -> None:
    declared = {str(route) for name in APPS for route in routes_of(app_of(name))}
    assert set(methods) == declared
    assert len(methods) <= 300


def test_the_openapi_document_has_the_routes_of_the_template_and_no_other(methods: dict[str, Any]) -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, operations in json.loads(OPENAPI.read_text())["paths"].items()
        for method in operations
        if method in {"get", "put", "post", "patch", "delete"}
    }
    prefixes = {re.sub(r"^/api", "", route.split(" ")[1]) for route in documented}
    assert {f"{route.split(' ')[0]} {re.sub(r'^/api', '', route.split(' ')[1])}" for route in documented} == set(
        methods
    )
    assert len(prefixes) == len({route.split(" ")[1] for route in documented})


def test_every_route_is_guarded_by_the_authorizer_its_app_names(template: Template, methods: dict[str, Any]) -> None:
    guards = {
        each.logical_id: each.properties["Name"] for each in template.resources("AWS::ApiGateway::Authorizer", "Api")
    }
    assert sorted(guards.values()) == ["customers", "partners", "staff"]
    for name in APPS:
        for route in routes_of(app_of(name)):
            method = methods[str(route)]
            if route.authorizer is None:
                assert method["AuthorizationType"] == "NONE"
                assert str(route) in PUBLIC_ROUTES
            else:
                assert guards[method["AuthorizerId"]["Ref"]] == route.authorizer
                assert tuple(method.get("AuthorizationScopes", ())) == route.scopes


def test_no_token_passes_a_method_of_the_user_pools_without_a_scope(methods: dict[str, Any]) -> None:
    # Without scopes a REST authorizer takes ID tokens, which say who somebody is and not what they may do.
    for route, method in methods.items():
        if method["AuthorizationType"] == "COGNITO_USER_POOLS":
            assert method["AuthorizationScopes"], route


def test_partners_are_counted_by_the_usage_plan_their_limits_are_published_from(
    template: Template, methods: dict[str, Any]
) -> None:
    api = template.one("AWS::ApiGateway::RestApi", "Api", "Api").properties
    assert api["ApiKeySourceType"] == "AUTHORIZER"
    plan = template.one("AWS::ApiGateway::UsagePlan", "Api", "Api").properties
    assert plan["Throttle"] == {"RateLimit": THROTTLE.requests_per_second, "BurstLimit": THROTTLE.burst}
    assert plan["Quota"] == {"Limit": THROTTLE.requests_per_day, "Period": "DAY"}
    for route, method in methods.items():
        assert method["ApiKeyRequired"] is ("/partner/" in route), route


def test_a_verdict_on_a_key_is_forgotten_within_a_minute(template: Template) -> None:
    guard = template.one("AWS::ApiGateway::Authorizer", "Api", "PartnersGuard").properties
    assert guard["AuthorizerResultTtlInSeconds"] <= 60
    assert re.match(guard["IdentityValidationExpression"], f"Bearer ak_live_{'a' * 12}_{'Z' * 27}")
    assert not re.match(guard["IdentityValidationExpression"], "Bearer eyJhbGciOiJub25lIn0.e30.")


def test_each_function_is_called_by_its_own_routes(template: Template, methods: dict[str, Any]) -> None:
    for name in APPS:
        function = template.one("AWS::Lambda::Function", "Api", name.capitalize()).logical_id
        for route in routes_of(app_of(name)):
            assert function in str(methods[str(route)]["Integration"]["Uri"]), route


def test_what_the_gateway_answers_alone_is_a_problem_document(template: Template) -> None:
    answers = list(template.resources("AWS::ApiGateway::GatewayResponse"))
    assert {answer.properties["ResponseType"] for answer in answers} >= {
        "UNAUTHORIZED",
        "ACCESS_DENIED",
        "MISSING_AUTHENTICATION_TOKEN",
        "THROTTLED",
        "QUOTA_EXCEEDED",
        "DEFAULT_5XX",
    }
    for answer in answers:
        headers = answer.properties["ResponseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'", answer
        body = json.loads(answer.properties["ResponseTemplates"]["application/json"])
        assert {"type", "title", "status", "detail", "code", "request_id"} <= set(body), answer
        assert str(body["status"]) == answer.properties["StatusCode"]
        if body["status"] == 429:
            assert "gatewayresponse.header.Retry-After" in headers


def test_routes_come_from_the_app_with_their_guard_and_its_scopes() -> None:
    app = Chalice(app_name="example")

    @app.route("/things/{thing}", methods=["GET", "PUT"], authorizer=customers)
    def things(thing: str) -> str:
        return thing

    get, put = routes_of(app)
    assert (str(get), str(put)) == ("GET /things/{thing}", "PUT /things/{thing}")
    assert (get.authorizer, get.scopes, get.counted) == ("customers", ("shop/orders",), False)


def test_an_authorizer_the_template_does_not_know_is_refused() -> None:
    app = Chalice(app_name="example")

    @app.authorizer()
    def strangers(request: Any) -> Any:
        return request

    @app.route("/", authorizer=strangers)
    def index() -> str:
        return ""

    with pytest.raises(UnknownAuthorizerError, match="strangers"):
        list(routes_of(app))


def test_access_logs_tell_neither_ids_nor_bodies(template: Template) -> None:
    stage = template.one("AWS::ApiGateway::Stage", "Api", "Api").properties
    assert stage["StageName"] == "api"
    told = json.loads(stage["AccessLogSetting"]["Format"])
    assert told["resource"] == "$context.resourcePath"
    assert "$context.path" not in told.values()
    assert stage["TracingEnabled"] is True
    assert [setting["DataTraceEnabled"] for setting in stage["MethodSettings"]] == [False]


def test_a_large_body_passes_where_batches_come_in_and_nowhere_else(template: Template) -> None:
    rules = {rule["Name"]: rule for rule in template.one("AWS::WAFv2::WebACL", "Api", "Firewall").properties["Rules"]}
    group = rules["AWSManagedRulesCommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    assert group["RuleActionOverrides"] == [{"ActionToUse": {"Count": {}}, "Name": "SizeRestrictions_BODY"}]
    excepted = rules["LargeBodies"]["Statement"]["AndStatement"]["Statements"][1]["NotStatement"]["Statement"]
    paths = {each["ByteMatchStatement"]["SearchString"] for each in excepted["OrStatement"]["Statements"]}
    declared = {str(route).split(" ")[1] for route in routes_of(app_of("shop"))}
    assert paths == {"/partner/v1/orders:batch", "/partner/v1/reconciliations"}
    assert paths <= declared
