"""One local cloud: an emulator and the origin in front of it, in a directory of their own.

    with LocalCloud(directory) as cloud:
        cloud.deploy(synthesise())
        httpx.get(f"{cloud.base_url}/api/shop/v1/materials")

Several may run side by side. As a context manager the cloud ends with the process that holds it, however that ends.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from local.deployment import Deployment
from local.emulator.settings import ACCOUNT, HOST, REGION, credentials
from local.images import IMAGES
from local.lifetime import Ending, Leash, ending
from local.processes import Service, free_port


class LocalCloud:
    """A cloud in `directory`; ports left out are chosen freely."""

    def __init__(
        self,
        directory: Path,
        *,
        gateway_port: int | None = None,
        origin_port: int | None = None,
        images: Mapping[str, Mapping[str, Any]] | None = None,
        variables: Mapping[str, str] | None = None,
        adapted: bool = True,
    ) -> None:
        self.directory = directory.resolve()
        self.gateway_port = gateway_port or free_port()
        self.origin_port = origin_port or free_port()
        self._variables = dict(variables or {})
        self._leash: Leash | None = None
        self.emulator = Service(
            name="emulator",
            module="local.emulator",
            directory=self.directory,
            health=f"{self.endpoint}/_ministack/health",
            arguments=(
                "--port",
                str(self.gateway_port),
                "--images",
                json.dumps(IMAGES if images is None else images),
                *([] if adapted else ["--unadapted"]),
            ),
        )
        self.origin = Service(
            name="origin",
            module="local.origin",
            directory=self.directory,
            health=f"{self.base_url}/origin/health",
            arguments=("--port", str(self.origin_port), "--gateway", self.endpoint),
        )

    @property
    def endpoint(self) -> str:
        """Where AWS is, for every client."""
        return f"http://{HOST}:{self.gateway_port}"

    @property
    def base_url(self) -> str:
        """Where the product is, as CloudFront would serve it."""
        return f"http://localhost:{self.origin_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to speak to this cloud."""
        return credentials(self.gateway_port)

    @property
    def deployment(self) -> Deployment:
        """The stacks deployed here and their outputs."""
        return Deployment(self.directory, self.environment)

    def client(self, service: str) -> Any:
        """A boto3 client of this cloud that does not retry: the caller sees what happened."""
        return boto3.client(  # type: ignore[call-overload] # its overloads know services by literal names only
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",  # noqa: S106 - the emulator checks none
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def ended_uncleanly(self) -> bool:
        """Whether the last run here lost what it had not written."""
        return ending(self.emulator.home)[0] is Ending.UNCLEAN

    def forget(self) -> None:
        """Remove everything kept in the directory of a cloud that is not running; unpacked layers may stay."""
        for path in self.directory.glob("*"):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "ports.json":
                path.unlink()

    def start(self, *, attached: bool = True) -> None:
        """Start the emulator; `attached`, it ends with this process."""
        if self.ended_uncleanly():
            self.deployment.forget()
        if attached:
            self._leash = Leash.open()
        self.emulator.start(attached_to=self._leash.reading if self._leash else None, variables=self._variables)

    def deploy(self, assembly: Path) -> Mapping[str, str]:
        """Deploy a synthesised assembly with the CDK command line; returns the outputs of all its stacks."""
        return self.deployment.deploy(assembly)

    def serve(self) -> None:
        """Start the origin, after a deployment told it where the API is."""
        self.origin.start(attached_to=self._leash.reading if self._leash else None)

    def stop(self) -> bool:
        """Stop both; False when the emulator had to be killed and its state is lost."""
        self.origin.stop()
        clean = self.emulator.stop()
        if self._leash:
            self._leash.close()
            self._leash = None
        return clean

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
