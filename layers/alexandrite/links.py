"""Addresses under which somebody may fetch one file for some minutes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

VALID_FOR = timedelta(minutes=10)


class Links(Protocol):
    """What signs addresses."""

    def preview(self, model_id: str) -> str:
        """Return the address of a model's preview image."""

    def download(self, key: str, version_id: str, file_name: str) -> str:
        """Return the address of this very version of an object, to be saved as `file_name`, never shown in a page."""


class S3Links:
    """`Links` by presigned requests."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def preview(self, model_id: str) -> str:
        return self._signed({"Key": f"previews/{model_id}.png", "ResponseContentType": "image/png"})

    def download(self, key: str, version_id: str, file_name: str) -> str:
        return self._signed(
            {
                "Key": key,
                "VersionId": version_id,
                "ResponseContentType": "application/octet-stream",
                "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            }
        )

    def _signed(self, what: dict[str, Any]) -> str:
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, **what}, ExpiresIn=int(VALID_FOR.total_seconds())
        )
