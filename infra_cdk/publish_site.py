"""Publishes the built site to a stage's bucket behind CloudFront.

    python -m infra_cdk.publish_site outputs.json edge.json

The arguments are the outputs of the deployed stacks, as `cdk deploy --outputs-file` writes them. Pages come last, when
everything they name is there; hashed files of former releases stay, for tabs that are still open.
"""

import json
import mimetypes
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from infra_cdk.constructs.code import ROOT
from infra_cdk.site import cache_control, configuration

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_s3 import S3Client

SITE = ROOT / "build" / "site"
_PAGE = "index.html"


class NotBuiltError(RuntimeError):
    """There is no site to publish."""


def publish(s3: "S3Client", bucket: str, told: Mapping[str, str], site: Path = SITE) -> list[str]:
    """Upload every file of `site`, then `told` as its configuration, then its first page; returns the keys in order.

    Raises:
        NotBuiltError: the site has no page.
    """
    if not (site / _PAGE).is_file():
        raise NotBuiltError(f"{site} has no {_PAGE}: run `make setup`")
    keys = []
    for key, content in _in_order(site, told):
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=content,
            ContentType=mimetypes.guess_type(key)[0] or "application/octet-stream",
            CacheControl=cache_control(key),
        )
        keys.append(key)
    return keys


def _in_order(site: Path, told: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(site.rglob("*")):
        key = path.relative_to(site).as_posix()
        if path.is_file() and key != _PAGE:
            yield key, path.read_bytes()
    yield "config.json", json.dumps(dict(told)).encode()
    yield _PAGE, (site / _PAGE).read_bytes()


def sign_in_pages(cognito: "CognitoIdentityProviderClient", pool: str, region: str) -> str:
    """The address of a pool's own pages."""
    prefix = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["Domain"]
    return f"https://{prefix}.auth.{region}.amazoncognito.com/"


def main(files: list[str]) -> None:
    """Publish to the stage whose outputs these files hold."""
    stacks = [stack for file in files for stack in json.loads(Path(file).read_text()).values()]
    outputs: dict[str, str] = {name: value for stack in stacks for name, value in stack.items()}
    region = outputs["StaffPoolId"].split("_")[0]
    pages = sign_in_pages(boto3.client("cognito-idp", region_name=region), outputs["StaffPoolId"], region)
    told = configuration(outputs, region=region, sign_in=pages)
    keys = publish(boto3.client("s3"), outputs["SiteBucket"], told)
    print(f"{len(keys)} files are in {outputs['SiteBucket']}")


if __name__ == "__main__":
    main(sys.argv[1:])
