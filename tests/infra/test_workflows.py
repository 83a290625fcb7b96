"""What runs outside this repository's control is named by its content, and holds no keys."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_the_digest_of_a_commit(workflow: Path) -> None:
    for used in re.findall(r"uses:\s*(\S+)", workflow.read_text()):
        assert used.startswith("./") or re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", used), used


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_no_key_is_stored_for_it(workflow: Path) -> None:
    text = workflow.read_text()
    assert "secrets." not in text
    assert "aws-access-key-id" not in text


def test_a_pin_means_the_same_action_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for workflow in WORKFLOWS:
        for action, digest in re.findall(r"uses:\s*([\w.-]+/[\w.-]+)@([0-9a-f]{40})", workflow.read_text()):
            pins.setdefault(action, set()).add(digest)
    assert {action: len(digests) for action, digests in pins.items()} == dict.fromkeys(pins, 1)


def test_prod_is_reached_through_release_and_release_through_dev() -> None:
    promotion = (ROOT / ".github" / "workflows" / "promote.yml").read_text()
    assert re.findall(r"needs: (\w+)", promotion) == ["check", "build", "dev", "release"]
    assert re.findall(r"stage: (\w+)", promotion) == ["dev", "release", "prod"]


def test_the_runbooks_index_names_every_page() -> None:
    pages = {path.name for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\(([\w-]+\.md)\)", (ROOT / "docs" / "runbooks" / "README.md").read_text())) == pages
