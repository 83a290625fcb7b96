"""The JSON of glTF 2.0, as far as triangles are concerned (Khronos: glTF 2.0 Specification, 2021)."""

from pydantic import Field, FiniteFloat, NonNegativeInt, PositiveInt, ValidationError

from alexandrite.domain.values import Value
from pricing.geometry.refusals import ModelRefused

TRIANGLES, TRIANGLE_STRIP, TRIANGLE_FAN = 4, 5, 6
FLOAT = 5126
INDEX_TYPES = {5121: "<u1", 5123: "<u2", 5125: "<u4"}

# Extensions that change what a triangle looks like, never where it is.
_HARMLESS = ("KHR_materials_", "KHR_texture_", "KHR_lights_", "EXT_texture_", "KHR_animation_", "KHR_xmp")


class _Lenient(Value):
    """What is not declared here is not looked at."""

    model_config = Value.model_config | {"extra": "ignore"}


class Buffer(_Lenient):
    byte_length: PositiveInt = Field(alias="byteLength")
    uri: str | None = None


class BufferView(_Lenient):
    buffer: NonNegativeInt
    byte_length: PositiveInt = Field(alias="byteLength")
    byte_offset: NonNegativeInt = Field(default=0, alias="byteOffset")
    byte_stride: PositiveInt | None = Field(default=None, alias="byteStride")


class Accessor(_Lenient):
    count: PositiveInt
    type: str
    component_type: int = Field(alias="componentType")
    buffer_view: NonNegativeInt | None = Field(default=None, alias="bufferView")
    byte_offset: NonNegativeInt = Field(default=0, alias="byteOffset")
    sparse: dict[str, object] | None = None


class Primitive(_Lenient):
    attributes: dict[str, NonNegativeInt]
    indices: NonNegativeInt | None = None
    mode: NonNegativeInt = TRIANGLES


class Mesh(_Lenient):
    primitives: tuple[Primitive, ...]


class Node(_Lenient):
    mesh: NonNegativeInt | None = None
    children: tuple[NonNegativeInt, ...] = ()
    matrix: tuple[FiniteFloat, ...] | None = Field(default=None, min_length=16, max_length=16)
    translation: tuple[FiniteFloat, FiniteFloat, FiniteFloat] = (0, 0, 0)
    rotation: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat] = (0, 0, 0, 1)
    scale: tuple[FiniteFloat, FiniteFloat, FiniteFloat] = (1, 1, 1)


class Scene(_Lenient):
    nodes: tuple[NonNegativeInt, ...] = ()


class Asset(_Lenient):
    version: str


class Document(_Lenient):
    """The whole document; lists refer to each other by number."""

    asset: Asset
    buffers: tuple[Buffer, ...] = ()
    buffer_views: tuple[BufferView, ...] = Field(default=(), alias="bufferViews")
    accessors: tuple[Accessor, ...] = ()
    meshes: tuple[Mesh, ...] = ()
    nodes: tuple[Node, ...] = ()
    scenes: tuple[Scene, ...] = ()
    scene: NonNegativeInt = 0
    extensions_required: tuple[str, ...] = Field(default=(), alias="extensionsRequired")


def parse(text: bytes) -> Document:
    """Parse and check.

    Raises:
        ModelRefused: `gltf.malformed`, `gltf.unsupported_version`, `gltf.unsupported_extension`.
    """
    try:
        document = Document.model_validate_json(text)
    except ValidationError as damage:
        first = damage.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])[:60]
        raise ModelRefused("gltf.malformed", f"the document is not glTF: {where} {first['msg']}"[:200]) from None
    if not document.asset.version.startswith("2."):
        raise ModelRefused("gltf.unsupported_version", f"glTF {document.asset.version[:20]!r}; only 2.0 is read")
    for extension in document.extensions_required:
        if not extension.startswith(_HARMLESS):
            raise ModelRefused(
                "gltf.unsupported_extension", f"the file requires {extension[:60]!r}; please export without compression"
            )
    return document
