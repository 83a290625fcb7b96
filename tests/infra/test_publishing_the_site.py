"""What browsers get from the bucket behind CloudFront."""

from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra_cdk.publish_site import NotBuiltError, publish, sign_in_pages
from infra_cdk.site import configuration, content_security_policy

REGION = "us-east-1"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in ("index.html", "assets/index-1a2b.js", "docs/index.html"):
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "site"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def test_the_page_comes_last_and_only_hashed_files_are_kept_for_ever(site: Path) -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION)
        s3.create_bucket(Bucket="site")
        keys = publish(s3, "site", {"api": "/api"}, site)
        assert keys == ["assets/index-1a2b.js", "docs/index.html", "config.json", "index.html"]
        assets = s3.get_object(Bucket="site", Key="assets/index-1a2b.js")
        assert (assets["CacheControl"], assets["ContentType"]) == (
            "public, max-age=31536000, immutable",
            "text/javascript",
        )
        page = s3.get_object(Bucket="site", Key="index.html")
        assert (page["CacheControl"], page["ContentType"]) == ("no-cache", "text/html")


def test_what_was_not_built_is_not_published(tmp_path: Path) -> None:
    with mock_aws(), pytest.raises(NotBuiltError, match="make setup"):
        publish(boto3.client("s3", region_name=REGION), "site", {}, tmp_path)


def test_the_configuration_names_the_pool_of_the_stage_and_its_pages() -> None:
    cognito = boto3.client("cognito-idp", region_name=REGION)
    with Stubber(cognito) as answers:
        described = {"UserPool": {"Domain": "alexandrite-dev-staff"}}
        answers.add_response("describe_user_pool", described, {"UserPoolId": "us-east-1_a"})
        pages = sign_in_pages(cognito, "us-east-1_a", REGION)
    outputs = {"StaffPoolId": "us-east-1_a", "StaffClientId": "c1", "ApiUrl": "not for browsers"}
    assert configuration(outputs, region=REGION, sign_in=pages) == {
        "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
        "client_id": "c1",
        "sign_in": "https://alexandrite-dev-staff.auth.us-east-1.amazoncognito.com/",
        "api": "/api",
    }


def test_the_policy_admits_no_inline_code() -> None:
    policy = content_security_policy(["https://elsewhere.example"])
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert "script-src" not in policy  # it falls back to default-src
