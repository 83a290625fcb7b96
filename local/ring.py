"""A signet ring as a 3D file: something to order when no model is at hand.

The band is a circular tube of elliptic section, thickened towards the seal; the seal is flattened by a plane. The
mesh is closed and consistently oriented, in millimetres, as a binary STL file.
"""

import math
import struct
from dataclasses import dataclass
from pathlib import Path

type Point = tuple[float, float, float]

_HEADER_BYTES = 80


@dataclass(frozen=True)
class SignetRing:
    """Measures in millimetres."""

    inner_diameter: float = 17.0
    band_width: float = 3.0
    band_thickness: float = 1.6
    seal_width: float = 9.0
    seal_thickness: float = 2.4

    def facets(self, around: int = 192, across: int = 48) -> list[tuple[Point, Point, Point]]:
        """Triangles seen counter-clockwise from outside; `around` and `across` are the steps of the two circles."""
        grid = [[self._point(i / around, j / across) for j in range(across)] for i in range(around)]
        found = []
        for i in range(around):
            for j in range(across):
                a, b = grid[i][j], grid[(i + 1) % around][j]
                c, d = grid[(i + 1) % around][(j + 1) % across], grid[i][(j + 1) % across]
                found += [(a, b, c), (a, c, d)]
        return found

    def _point(self, along: float, section: float) -> Point:
        """The surface at fractions of the way along the band and around its section."""
        angle, turn = math.tau * along, math.tau * section
        # 1 at the seal, falling to 0 a sixth of the circle away, with a smooth shoulder.
        near = max(0.0, 1 - abs((along + 0.5) % 1 - 0.5) * 6)
        seal = near * near * (3 - 2 * near)
        width = self.band_width + (self.seal_width - self.band_width) * seal
        thickness = self.band_thickness + (self.seal_thickness - self.band_thickness) * seal
        radius = self.inner_diameter / 2 + thickness / 2 * (1 + math.cos(turn))
        x, y = radius * math.cos(angle), radius * math.sin(angle)
        # The face of the seal is a plane across the finger's direction.
        return min(x, self.inner_diameter / 2 + self.seal_thickness * 0.85), y, width / 2 * math.sin(turn)


def write_stl(path: Path, ring: SignetRing | None = None) -> Path:
    """Write the ring as binary STL and return the path."""
    facets = (ring or SignetRing()).facets()
    content = bytearray(b"Signet ring, millimetres".ljust(_HEADER_BYTES))
    content += struct.pack("<I", len(facets))
    for facet in facets:
        content += struct.pack("<12fH", *_normal(*facet), *facet[0], *facet[1], *facet[2], 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _normal(a: Point, b: Point, c: Point) -> Point:
    (ux, uy, uz), (vx, vy, vz) = ((p[0] - a[0], p[1] - a[1], p[2] - a[2]) for p in (b, c))
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = math.sqrt(x * x + y * y + z * z) or 1.0
    return x / length, y / length, z / length
