"""Which parts of a closed surface are inside out, and which inward shells are cavities of another part."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.kernels.moments import add_part_volumes
from pricing.geometry.kernels.parts import enclose_parts
from pricing.geometry.limits import Limits
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.surface import Points
from pricing.geometry.topology import Parts

# Share of the cube of a part's diagonal, below which its volume has no sign.
_NOTHING = 1e-12
_TELL_EVERY = 256


@dataclass(frozen=True, slots=True)
class Shells:
    """`inverted` tells which parts have to be turned; `inner` counts inward shells within another part's box."""

    inverted: NDArray[np.bool_]
    inner: int


def orient(
    points: Points,
    parts: Parts,
    volume: float,
    middle: NDArray[np.float64],
    *,
    limits: Limits,
    listener: Callable[[float], None],
) -> Shells:
    """Find the parts to be turned outwards: all when the whole is inside out, and those that lie in no other's box.

    Args:
        volume: the signed volume of the whole.
        middle: a point near the surface.
        listener: told the share done.

    Raises:
        ModelRefused: `geometry.too_many_shells`.
    """
    inside_out = volume < 0
    inverted = np.full(parts.count, inside_out)
    if parts.count == 1:
        return Shells(inverted, 0)
    volumes = np.zeros(parts.count)
    add_part_volumes(points, parts.facets, parts.of_points, middle, volumes)
    lower, upper = np.full((parts.count, 3), np.inf), np.full((parts.count, 3), -np.inf)
    enclose_parts(points, parts.used.view(np.uint8), parts.of_points, lower, upper)
    volumes[np.abs(volumes) <= _NOTHING * np.linalg.norm(upper - lower, axis=1) ** 3] = 0
    if inside_out:
        volumes = -volumes
    inward = np.flatnonzero(volumes < 0)
    outward = np.flatnonzero(volumes > 0)
    if len(inward) * len(outward) > limits.inner_shell_tests:
        raise ModelRefused("geometry.too_many_shells", f"{len(inward)} inward shells among {parts.count} parts")
    inner = 0
    for done, part in enumerate(inward):
        if done % _TELL_EVERY == 0:
            listener(done / len(inward))
        around = (lower[outward] <= lower[part]).all(axis=1) & (upper[outward] >= upper[part]).all(axis=1)
        if around.any():
            inner += 1
        else:
            inverted[part] = not inside_out
    return Shells(inverted, inner)
