"""The synthesised template, to be asked questions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource of one stack."""

    stack: str
    logical_id: str
    kind: str
    properties: Mapping[str, Any]
    deletion_policy: str | None

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True)
class Template:
    """All stacks of a stage, by the last word of their names."""

    directory: Path
    stacks: Mapping[str, Mapping[str, Any]]

    def resources(self, kind: str, stack: str | None = None) -> Iterator[Resource]:
        for name, content in self.stacks.items():
            for logical_id, resource in content["Resources"].items():
                if resource["Type"] == kind and stack in (None, name):
                    yield Resource(
                        name, logical_id, kind, resource.get("Properties", {}), resource.get("DeletionPolicy")
                    )

    def one(self, kind: str, stack: str, starting: str) -> Resource:
        found = [each for each in self.resources(kind, stack) if each.logical_id.startswith(starting)]
        assert len(found) == 1, f"{len(found)} {kind} in {stack} start with {starting}"
        return found[0]

    def statements_of(self, stack: str, role: str) -> list[Mapping[str, Any]]:
        """Return what the role whose logical id starts so may do."""
        return [
            statement
            for policy in self.resources("AWS::IAM::Policy", stack)
            if any(each["Ref"].startswith(role) for each in policy.properties.get("Roles", []))
            for statement in policy.properties["PolicyDocument"]["Statement"]
        ]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
