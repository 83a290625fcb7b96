"""The bucket that clients upload to, and the engine reads from."""

import hashlib
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError
from pydantic import AwareDatetime, Field

from alexandrite.domain.values import Value
from alexandrite.models.record import Model, base64_standard, from_base64

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectRequestTypeDef

UPLOAD_WITHIN = timedelta(hours=1)

_CHUNK = 1 << 20


class UploadForm(Value):
    """An HTML form that may be posted once: the file goes last, in a field called `file`."""

    url: str
    fields: dict[str, str]
    expires_at: AwareDatetime


class StoredFile(Value):
    """One version of an object as storage describes it."""

    version_id: str
    size_bytes: int
    sha256: str | None = Field(default=None, description="hexadecimal, where storage has verified one")


class TooLarge(Exception):
    """The stored object has more bytes than were declared."""


class Gone(Exception):
    """This version of the object is not there any more."""


class ModelBucket(Protocol):
    """Uploaded files, version by version."""

    def form(self, model: Model, now: datetime) -> UploadForm:
        """Return a form that takes exactly the declared bytes under the model's key, for an hour."""

    def look(self, key: str, version_id: str | None = None) -> StoredFile | None:
        """Return what lies under `key` in this version, or in the latest one; None when nothing does."""

    def fetch(self, key: str, version_id: str, to: Path, limit_bytes: int, keep_going: Callable[[], None]) -> str:
        """Write this very version to a new file; return the SHA-256 of what was written, hexadecimal.

        `keep_going` is called between chunks and may raise.

        Raises:
            TooLarge: it has more than `limit_bytes`.
            Gone: there is no such version.
        """

    def erase(self, key: str) -> None:
        """Delete every version under `key`."""


class S3ModelBucket:
    """`ModelBucket` in S3; the bucket is versioned."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def form(self, model: Model, now: datetime) -> UploadForm:
        size = model.declared.size_bytes
        fields = {"Content-Type": "application/octet-stream"}
        if model.declared.sha256 is not None:
            fields |= {
                "x-amz-checksum-algorithm": "SHA256",
                "x-amz-checksum-sha256": base64_standard(model.declared.sha256),
            }
        conditions: list[object] = [["content-length-range", size, size]]
        conditions += [{name: value} for name, value in fields.items()]
        form = self._client.generate_presigned_post(
            self._bucket,
            model.key,
            Fields=fields,
            Conditions=conditions,
            ExpiresIn=int(UPLOAD_WITHIN.total_seconds()),
        )
        return UploadForm(url=form["url"], fields=form["fields"], expires_at=now + UPLOAD_WITHIN)

    def look(self, key: str, version_id: str | None = None) -> StoredFile | None:
        wanted: HeadObjectRequestTypeDef = {"Bucket": self._bucket, "Key": key, "ChecksumMode": "ENABLED"}
        if version_id is not None:
            wanted["VersionId"] = version_id
        try:
            head = self._client.head_object(**wanted)
        except ClientError as error:
            if _is_missing(error):
                return None
            raise
        checksum = head.get("ChecksumSHA256")
        return StoredFile(
            version_id=head.get("VersionId", "null"),
            size_bytes=head["ContentLength"],
            # A multipart upload's checksum is one of checksums, marked by its number of parts, and says nothing here.
            sha256=from_base64(checksum) if checksum and "-" not in checksum else None,
        )

    def fetch(self, key: str, version_id: str, to: Path, limit_bytes: int, keep_going: Callable[[], None]) -> str:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version_id)
        except ClientError as error:
            if _is_missing(error):
                raise Gone(f"{key} has no version {version_id}") from error
            raise
        digest = hashlib.sha256()
        written = 0
        with closing(answer["Body"]) as body, to.open("xb") as file:
            for chunk in body.iter_chunks(_CHUNK):
                keep_going()
                written += len(chunk)
                if written > limit_bytes:
                    raise TooLarge(f"more than the {limit_bytes} bytes declared")
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()

    def erase(self, key: str) -> None:
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=key):
            for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                if version["Key"] == key:
                    self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version["VersionId"])


def _is_missing(error: ClientError) -> bool:
    # HEAD answers without a body, so that its error code is the bare status; 405 means a delete marker.
    code = error.response.get("Error", {}).get("Code")
    return code in ("404", "405", "NoSuchKey", "NoSuchVersion", "MethodNotAllowed")
