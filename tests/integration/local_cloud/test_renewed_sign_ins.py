"""Tokens that a browser has renewed, on the local cloud and on the emulator alone."""

import base64
import json

import httpx

from local.sign_in import Client, sign_in

PASSWORD = "Correct-horse-1"


def claims_of_a_renewed_token(system):
    """Sign an operator in as a browser does, renew the sign-in, and return what the new access token says."""
    pools, pool, client_id = system.cloud.client("cognito-idp"), system.outputs["Pool"], system.outputs["Client"]
    pools.create_group(UserPoolId=pool, GroupName="operators")
    pools.admin_create_user(UserPoolId=pool, Username="gleb@example.com", MessageAction="SUPPRESS")
    pools.admin_set_user_password(UserPoolId=pool, Username="gleb@example.com", Password=PASSWORD, Permanent=True)
    pools.admin_add_user_to_group(UserPoolId=pool, Username="gleb@example.com", GroupName="operators")
    settings = pools.describe_user_pool_client(UserPoolId=pool, ClientId=client_id)["UserPoolClient"]
    page = Client(client_id, settings["CallbackURLs"][0], settings["AllowedOAuthScopes"])
    first = sign_in(system.cloud.endpoint, page, "gleb@example.com", PASSWORD)
    asked = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": first["refresh_token"]}
    renewed = httpx.post(f"{system.cloud.endpoint}/oauth2/token", data=asked, timeout=30).json()
    payload = renewed["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def test_a_renewed_token_still_names_the_groups(small):
    assert claims_of_a_renewed_token(small)["cognito:groups"] == ["operators"]


def test_the_emulator_alone_forgets_the_groups(unadapted):
    assert "cognito:groups" not in claims_of_a_renewed_token(unadapted)
