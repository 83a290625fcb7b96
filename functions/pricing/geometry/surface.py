"""What a reader makes of a file, and what all later stages work on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alexandrite.domain.models import Unit

type Points = NDArray[np.float32] | NDArray[np.float64]
type Facets = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Surface:
    """Triangles in the unit of the file.

    Attributes:
        points: (n, 3) coordinates; a point may be there that no facet uses.
        facets: (m, 3) numbers of points, counter-clockwise seen from outside.
        file_unit: the unit that the file states, if its format can.
        welded: whether no two used points are equal.
    """

    points: Points
    facets: Facets
    file_unit: Unit | None = None
    welded: bool = False
