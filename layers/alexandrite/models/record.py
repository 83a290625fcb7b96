"""The record of one uploaded file, and the stages it goes through."""

import base64
import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from alexandrite.domain.models import Analysis, Unit
from alexandrite.domain.orders import FileVersion, Identifier, Mode
from alexandrite.domain.values import Value

LARGEST_FILE_BYTES = 500_000_000
UPLOADS = "uploads/"
ENGINE_FAULTS = "engine."  # codes under it mean that the engine, not the file, is to blame

_LONGEST_NAME = 120


def displayable(name: str) -> str:
    """Return a file name fit to be shown: its last part, without control or direction characters, at most 120 long.

    The name never becomes part of a key or a path; this only keeps it from lying to whoever reads it.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char)[0] != "C")
    return visible.strip()[:_LONGEST_NAME]


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, 64 hexadecimal digits in lower case")]
FileName = Annotated[str, AfterValidator(displayable)]


class Declaration(Value):
    """What the client says about a file before sending it."""

    size_bytes: int = Field(ge=1, le=LARGEST_FILE_BYTES)
    sha256: Sha256 | None = Field(default=None, description="storage refuses other bytes when it is given")
    unit: Unit | None = Field(default=None, description="None: as the file says, else millimetres")
    file_name: FileName = Field(default="", description="for display only")


class Stage(StrEnum):
    """How far a model has come."""

    AWAITING_UPLOAD = "awaiting_upload"
    UPLOADED = "uploaded"
    ANALYSING = "analysing"
    ANALYSED = "analysed"
    REFUSED = "refused"


class Progress(Value):
    """How far the analysis is: the step's name, the share done (0 to 1), and seconds left as far as they are known."""

    step: str
    share: float = Field(ge=0, le=1)
    eta_s: float | None = Field(default=None, ge=0)


class FileRefusal(Value):
    """Why there is no analysis of a file: a stable code and a sentence with what was found."""

    code: str
    detail: str

    @property
    def blames_engine(self) -> bool:
        """Whether the file may well be good, so that a seller should look at it."""
        return self.code.startswith(ENGINE_FAULTS)


class Model(Value):
    """One uploaded file of one owner.

    `revision` counts the writes of this record, but for those of `looks`, and is what every write conditions on. `file`
    is set once: the first version seen in storage is the one that is analysed, priced and made, whatever is uploaded to
    the key later.
    """

    model_id: Identifier
    owner: str
    mode: Mode
    declared: Declaration
    unit: Unit | None = Field(description="the unit in force: declared at first, later confirmed or corrected")
    unit_confirmed: bool = False
    stage: Stage = Stage.AWAITING_UPLOAD
    file: FileVersion | None = None
    analysis: Analysis | None = None
    refusal: FileRefusal | None = None
    failures: dict[str, int] = Field(default_factory=dict, description="attempts that failed unexpectedly, by kind")
    looks: int = Field(default=0, ge=0, description="how often the sweeper had to look at it since its upload or form")
    deleted: bool = False
    created_at: AwareDatetime
    updated_at: AwareDatetime
    revision: int = Field(default=1, ge=1)

    @property
    def key(self) -> str:
        """The object's key: chosen by the server, and nothing of the file's own name is in it."""
        return f"{UPLOADS}{self.model_id}"

    @property
    def is_settled(self) -> bool:
        """Whether the engine has said what it can say."""
        return self.stage in (Stage.ANALYSED, Stage.REFUSED)


def model_id_of(key: str) -> str | None:
    """Return the model whose upload lies under `key`, or None for a key that no upload has."""
    prefix, _, model_id = key.rpartition("/")
    return model_id if f"{prefix}/" == UPLOADS and model_id.startswith("mdl_") else None


def base64url(sha256: str) -> str:
    """Turn a hexadecimal checksum into the form in which orders name their files: base64url without padding."""
    return base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode()


def base64_standard(sha256: str) -> str:
    """Turn a hexadecimal checksum into the form in which storage wants it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def from_base64(checksum: str) -> str:
    """Turn a checksum in either base64 alphabet, padded or not, into hexadecimal."""
    padded = checksum.replace("-", "+").replace("_", "/")
    return base64.b64decode(padded + "=" * (-len(padded) % 4)).hex()
