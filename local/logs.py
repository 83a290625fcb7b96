"""Reading logs: of the two processes from their files, of functions and tasks from CloudWatch Logs."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from local.cloud import LocalCloud

_POLL_SECONDS = 0.5


class NothingToShowError(LookupError):
    """No log goes by that name."""


def lines(cloud: LocalCloud, name: str | None, *, follow: bool) -> Iterator[str]:
    """Lines of the logs whose name holds `name`, and those still to come when following."""
    for service in (cloud.emulator, cloud.origin):
        if name == service.name:
            yield from _file(service.log, follow=follow)
            return
    if cloud.emulator.running() is None:
        raise NothingToShowError("it is not running; `emulator` and `origin` can still be read")
    yield from _groups(cloud, name, follow=follow)


def _file(path: Path, *, follow: bool) -> Iterator[str]:
    if not path.exists():
        raise NothingToShowError(f"there is no {path}")
    with path.open(errors="replace") as log:
        while True:
            line = log.readline()
            if line:
                yield line.rstrip("\n")
            elif follow:
                time.sleep(_POLL_SECONDS)
            else:
                return


def _groups(cloud: LocalCloud, name: str | None, *, follow: bool) -> Iterator[str]:
    client = cloud.client("logs")
    since = 0
    seen: set[str] = set()
    while True:
        groups = [
            group["logGroupName"]
            for page in client.get_paginator("describe_log_groups").paginate()
            for group in page["logGroups"]
            if name is None or name.lower() in group["logGroupName"].lower()
        ]
        if not groups and not follow:
            raise NothingToShowError(f"no function or task that wrote anything is called {name}")
        found = sorted(
            (event["timestamp"], group, event["message"], event["eventId"])
            for group in groups
            for page in client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
            for event in page["events"]
        )
        for at, group, message, identifier in found:
            if identifier not in seen:
                seen.add(identifier)
                since = max(since, at)
                moment = datetime.fromtimestamp(at / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
                yield f"{moment} {group.rsplit('/', 1)[-1]} {message.rstrip()}"
        if not follow:
            return
        time.sleep(_POLL_SECONDS)
