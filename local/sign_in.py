"""Signing in the way a browser does: authorization code with PKCE on the pool's own pages.

Scopes are granted by this flow only; a token of the password flow carries none of ours.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx


class SignInError(RuntimeError):
    """The pages did not let this person in."""


@dataclass(frozen=True)
class Client:
    """A pool's client without a secret, and one of the addresses it may send people back to."""

    client_id: str
    redirect_uri: str
    scopes: Sequence[str]


def access_token(pages: str, client: Client, username: str, password: str) -> str:
    """Sign in on the pages at the address `pages` and return an access token with the client's scopes."""
    return sign_in(pages, client, username, password)["access_token"]


def sign_in(pages: str, client: Client, username: str, password: str) -> dict[str, str]:
    """Sign in and return what the token endpoint answers: `access_token`, `refresh_token` and more.

    Source of the flow: RFC 7636 (PKCE) over RFC 6749, 4.1.
    """
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "scope": " ".join(client.scopes),
        "state": secrets.token_urlsafe(12),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    with httpx.Client(base_url=pages, timeout=30) as browser:
        _expect(browser.get("/oauth2/authorize", params=asked), httpx.codes.OK)
        back = _expect(browser.post("/login", data={**asked, "username": username, "password": password}), 302, 303)
        answer = parse_qs(urlsplit(back.headers["location"]).query)
        if "code" not in answer or answer.get("state") != [asked["state"]]:
            raise SignInError(f"{username} came back without a code: {answer.get('error_description')}")
        tokens = _expect(
            browser.post(
                "/oauth2/token",
                data={
                    "grant_type": "authorization_code",
                    "client_id": client.client_id,
                    "redirect_uri": client.redirect_uri,
                    "code": answer["code"][0],
                    "code_verifier": verifier,
                },
            ),
            httpx.codes.OK,
        )
    answered: dict[str, str] = tokens.json()
    return answered


def _expect(response: httpx.Response, *statuses: int) -> httpx.Response:
    if response.status_code not in statuses:
        raise SignInError(
            f"{response.request.method} {response.url.path}: {response.status_code} {response.text[:200]}"
        )
    return response
