"""Fixtures of the tests of routes."""

from tests.http_world import world

__all__ = ["world"]
