"""One address in front of everything."""

import json

import httpx
import pytest

from local.origin.routes import api_id
from local.sign_in import Client, SignInError, access_token


@pytest.fixture(scope="module")
def origin(small):
    outputs = {"Small": {"ApiUrl": f"https://{small.outputs['Api']}.execute-api.us-east-1.amazonaws.com/api/"}}
    (small.cloud.directory / "outputs.json").write_text(json.dumps(outputs))
    small.cloud.serve()
    with httpx.Client(base_url=small.cloud.base_url, timeout=30) as client:
        yield client


def test_the_api_answers_under_the_name_of_its_stage(origin):
    answer = origin.get("/api/open/Anna")
    assert answer.status_code == 200
    assert answer.json()["greeting"] == "Good day, Anna"


def test_an_encoded_path_arrives_as_it_was_sent(origin):
    assert origin.get("/api/open/Anna%20Maria").json()["greeting"] == "Good day, Anna Maria"


def test_every_answer_names_its_request(origin):
    assert origin.get("/api/open/Anna").headers["x-request-id"]
    assert origin.get("/api/open/Anna", headers={"X-Request-Id": "mine"}).headers["x-request-id"] == "mine"


def test_statuses_pass_through_unchanged(origin):
    assert origin.get("/api/nowhere").status_code == 403  # what API Gateway says of an unknown path
    assert origin.get("/api/signed/Anna").status_code == 401


@pytest.mark.parametrize("path", ["/../Makefile", "/%2e%2e/Makefile", "/docs/..%2f..%2f..%2fMakefile"])
def test_no_path_leaves_the_site(origin, path):
    assert "setup" not in origin.get(path).text


def test_a_body_larger_than_the_gateway_takes_is_refused(origin):
    assert origin.post("/api/open/Anna", content=b"x" * (10 * 1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize(
    "address",
    ["https://abc123.execute-api.eu-central-1.amazonaws.com/api/", "http://127.0.0.1:4566/_aws/execute-api/abc123/api"],
)
def test_an_api_is_known_by_its_address(address):
    assert api_id(address) == "abc123"


@pytest.fixture(scope="module")
def client(small):
    pool = small.cloud.client("cognito-idp")
    person = {"UserPoolId": small.outputs["Pool"], "Username": "boris@example.com"}
    pool.admin_create_user(**person, MessageAction="SUPPRESS")
    pool.admin_set_user_password(**person, Password="Correct-horse-1", Permanent=True)
    return Client(small.outputs["Client"], "http://localhost/back", ["openid", "desk/read"])


def test_signing_in_through_the_pages_gives_a_token_with_scopes(origin, small, client):
    token = access_token(small.cloud.base_url, client, "boris@example.com", "Correct-horse-1")
    assert origin.get("/api/signed/Boris", headers={"Authorization": token}).status_code == 200


def test_a_wrong_password_gives_no_token(origin, small, client):
    with pytest.raises(SignInError):
        access_token(small.cloud.base_url, client, "boris@example.com", "wrong")
