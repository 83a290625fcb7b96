"""Who is let in by the gateway: keys named by an authorizer, and scopes."""

import httpx
import pytest


@pytest.fixture(scope="module")
def access_token(small):
    pool = small.cloud.client("cognito-idp")
    person = {"UserPoolId": small.outputs["Pool"], "Username": "anna@example.com"}
    pool.admin_create_user(**person, MessageAction="SUPPRESS")
    pool.admin_set_user_password(**person, Password="Correct-horse-1", Permanent=True)
    tokens = pool.initiate_auth(
        ClientId=small.outputs["Client"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "anna@example.com", "PASSWORD": "Correct-horse-1"},
    )
    return tokens["AuthenticationResult"]["AccessToken"]


def get(system, path, token):
    return httpx.get(system.api(path), headers={"Authorization": token}, timeout=30)


def test_a_key_the_authorizer_names_passes_the_usage_plan(small):
    answer = get(small, "/plan/one", "Bearer known")
    assert answer.status_code == 200
    assert answer.json()["authorizer"] == {"partner": "one", "principalId": "partner-1"}


@pytest.mark.parametrize(("token", "status"), [("Bearer unplanned", 403), ("Bearer unknown", 401)])
def test_a_key_outside_every_plan_or_unknown_is_refused(small, token, status):
    assert get(small, "/plan/one", token).status_code == status


def test_the_emulator_alone_looks_for_the_key_in_a_header_only(unadapted):
    assert get(unadapted, "/plan/one", "Bearer known").status_code == 403


@pytest.mark.parametrize("path", ["/open/nobody-home"])
def test_an_error_of_a_function_does_not_reach_the_client(small, path):
    answer = httpx.get(small.api(path), timeout=30)
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})


def test_the_emulator_alone_tells_the_client_what_failed(unadapted):
    assert "nobody-home" in httpx.get(unadapted.api("/open/nobody-home"), timeout=30).text


def test_requests_are_counted_and_timed(small):
    httpx.get(small.api("/open/nobody-home"), timeout=30)
    names = small.cloud.client("cloudwatch").list_metrics(Namespace="AWS/ApiGateway", MetricName="5XXError")
    assert {"Name": "ApiName", "Value": "small"} in names["Metrics"][0]["Dimensions"]


def test_a_token_without_the_method_s_scope_is_refused(small, access_token):
    assert get(small, "/signed/Anna", access_token).status_code == 401
