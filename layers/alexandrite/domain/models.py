"""What is known of a 3D model after its analysis, and what is wrong with it."""

import base64
from enum import StrEnum

from pydantic import Field

from alexandrite.domain.values import Value

type Vector = tuple[float, float, float]


class Unit(StrEnum):
    """A unit of length that a file may be drawn in; the names are those of the 3MF core specification, shortened."""

    MICROMETRE = "um"
    MILLIMETRE = "mm"
    CENTIMETRE = "cm"
    METRE = "m"
    INCH = "in"
    FOOT = "ft"

    @property
    def millimetres(self) -> float:
        """How many millimetres one of this unit is; the inch is 25.4 mm by definition."""
        return _MILLIMETRES[self]


_MILLIMETRES = {
    Unit.MICROMETRE: 0.001,
    Unit.MILLIMETRE: 1.0,
    Unit.CENTIMETRE: 10.0,
    Unit.METRE: 1000.0,
    Unit.INCH: 25.4,
    Unit.FOOT: 304.8,
}


class UnitSource(StrEnum):
    """Who said what unit the file is drawn in."""

    DECLARED = "declared"
    FILE = "file"
    ASSUMED = "assumed"


class FileFormat(StrEnum):
    """A format that the engine reads."""

    STL_BINARY = "stl_binary"
    STL_ASCII = "stl_ascii"
    OBJ = "obj"
    THREE_MF = "3mf"
    PLY = "ply"
    GLTF = "gltf"


class Severity(StrEnum):
    """What a finding does to the order: `blocks` leaves no price, `warns` asks a person, `informs` explains."""

    BLOCKS = "blocks"
    WARNS = "warns"
    INFORMS = "informs"


class Box(Value):
    """An axis-parallel box, millimetres."""

    lower_mm: Vector
    upper_mm: Vector

    @property
    def size_mm(self) -> Vector:
        """Lengths of the three edges."""
        lower, upper = self.lower_mm, self.upper_mm
        return (upper[0] - lower[0], upper[1] - lower[1], upper[2] - lower[2])


class Place(Value):
    """Where on the model a finding is: one point, or a box around it; millimetres, in the coordinates of the file."""

    point_mm: Vector | None = None
    box_mm: Box | None = None


class Finding(Value):
    """One thing that the buyer or the floor should know about a model, with a code that never changes its meaning."""

    code: str = Field(description="stable dotted code, for example `geometry.open`")
    severity: Severity
    ru: str
    en: str
    place: Place | None = None


class Analysis(Value):
    """What the engine measured on one file: geometry only, the same for every material.

    A volume is only known for a closed and consistently wound surface; of any other surface the sum over facets depends
    on where the origin lies, so `volume_mm3` and `centroid_mm` are None rather than a number that means nothing.
    """

    engine_version: str
    sha256: str = Field(description="of the analysed bytes, hexadecimal")
    format: FileFormat
    unit: Unit = Field(description="the unit that the lengths below were converted from")
    unit_source: UnitSource
    file_unit: Unit | None = Field(default=None, description="what the file itself states, where its format can")
    triangles: int = Field(ge=1, description="facets as read, polygons counted as the triangles they were split into")
    vertices: int = Field(ge=1, description="distinct points")
    bounding_box: Box
    area_mm2: float = Field(ge=0)
    volume_mm3: float | None
    centroid_mm: Vector | None = Field(description="centre of mass of the enclosed volume")
    closed: bool
    consistently_wound: bool
    components: int = Field(ge=1, description="parts that share no point")
    boundary_edges: int = Field(ge=0, description="edges of one facet only")
    non_manifold_edges: int = Field(ge=0, description="edges of more than two facets")
    flipped_edges: int = Field(ge=0, description="edges that their facets do not pass equally often in both directions")
    degenerate_facets: int = Field(ge=0, description="facets without area, ignored")
    duplicate_facets: int = Field(ge=0, description="repetitions of a facet, ignored")
    inverted_components: int = Field(default=0, ge=0, description="parts that were inside out and have been turned")
    inner_shells: int = Field(default=0, ge=0, description="inward shells taken for cavities")
    welded_points: int = Field(default=0, ge=0, description="points moved together to close hairline gaps")
    weld_tolerance_mm: float = Field(default=0.0, ge=0)
    boundary_at_mm: Vector | None = None
    non_manifold_at_mm: Vector | None = None
    flipped_at_mm: Vector | None = None

    @property
    def watertight(self) -> bool:
        """Whether the surface encloses a volume: closed and consistently wound."""
        return self.closed and self.consistently_wound

    @property
    def sha256_base64url(self) -> str:
        """The checksum in the form in which orders name their files: base64url without padding."""
        return base64.urlsafe_b64encode(bytes.fromhex(self.sha256)).rstrip(b"=").decode()
