"""The environments: what may differ between them, and nothing else may."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aws_cdk import aws_logs as logs


@dataclass(frozen=True)
class Stage:
    """One environment."""

    name: str
    log_retention: logs.RetentionDays
    # Browsers may come back from the sign-in page to these addresses.
    sign_in_addresses: tuple[str, ...]
    most_pricing_tasks: int
    # Requests per second of the whole API: a bound on cost and on what a runaway client can take from the others.
    requests_per_second: int

    @property
    def is_developers(self) -> bool:
        """Whether losing the data of this environment costs nobody anything."""
        return self.name == "dev"


STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        stage.name: stage
        for stage in (
            Stage(
                name="dev",
                log_retention=logs.RetentionDays.ONE_MONTH,
                sign_in_addresses=("https://dev.alexandrite.example/", "http://localhost:8080/"),
                most_pricing_tasks=4,
                requests_per_second=200,
            ),
            Stage(
                name="release",
                log_retention=logs.RetentionDays.THREE_MONTHS,
                sign_in_addresses=("https://release.alexandrite.example/",),
                most_pricing_tasks=20,
                requests_per_second=1000,
            ),
            Stage(
                name="prod",
                log_retention=logs.RetentionDays.ONE_YEAR,
                sign_in_addresses=("https://alexandrite.example/",),
                most_pricing_tasks=20,
                requests_per_second=1000,
            ),
        )
    }
)


def stage_named(name: str) -> Stage:
    """The environment of this name; `ValueError` names the known ones."""
    if name not in STAGES:
        raise ValueError(f"unknown stage {name!r}: use one of {', '.join(STAGES)} (-c stage=…)")
    return STAGES[name]
