"""Lambda functions: dotted handlers, layers, and an environment of their own."""

import httpx


def test_a_handler_in_a_package_finds_its_layer(small: "SmallSystem") -> None:
    answer = httpx.get(small.api("/open/Anna"), timeout=20)
    assert answer.status_code == 200
    assert answer.json()["greeting"] == "Good day, Anna"
