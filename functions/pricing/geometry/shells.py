"""Which parts of a closed surface are inside out, and which inward shells are cavities of another part."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.limits import Limits
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.surface import Facets


@dataclass(frozen=True, slots=True)
class Shells:
    """`signs` is -1 for each part that was turned, else 1; `inner` counts inward shells within another part's box."""

    signs: NDArray[np.float64]
    turned: int
    inner: int


def orient(
    points: NDArray[np.float64],
    facets: Facets,
    parts: NDArray[np.int32],
    volumes: NDArray[np.float64],
    limits: Limits,
) -> Shells:
    """Turn parts outwards: all of them when the whole is inside out, and those that lie in no other part's box.

    Raises:
        ModelRefused: `geometry.too_many_shells`.
    """
    part_volumes = np.bincount(parts, weights=volumes)
    signs = np.ones(len(part_volumes))
    if part_volumes.sum() < 0:
        signs[:] = -1
        part_volumes = -part_volumes
    inward = np.flatnonzero(part_volumes < 0)
    outward = np.flatnonzero(part_volumes > 0)
    if len(inward) * len(outward) > limits.inner_shell_tests:
        raise ModelRefused("geometry.too_many_shells", f"{len(inward)} inward shells among {len(signs)} parts")
    if not len(inward):
        return Shells(signs, int((signs < 0).sum()), 0)
    lower, upper = _part_boxes(points, facets, parts)
    inner = 0
    for part in inward:
        around = (lower[outward] <= lower[part]).all(axis=1) & (upper[outward] >= upper[part]).all(axis=1)
        if around.any():
            inner += 1
        else:
            signs[part] = -signs[part]
    return Shells(signs, int((signs < 0).sum()), inner)


def _part_boxes(
    points: NDArray[np.float64], facets: Facets, parts: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    order = np.argsort(parts, kind="stable")
    starts = np.flatnonzero(np.diff(parts[order], prepend=-1))
    corners = points[facets[order]]
    return (
        np.minimum.reduceat(corners.min(axis=1), starts, axis=0),
        np.maximum.reduceat(corners.max(axis=1), starts, axis=0),
    )
