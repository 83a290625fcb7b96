"""3MF: an archive with a model part in XML that says which objects to build, how composed and where.

After the 3MF Core Specification 1.3 and the Production Extension 1.1 (objects in other parts of the archive).
Materials, textures, slices and thumbnails are not looked at; beam lattices, which add volume to a mesh, are refused.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alexandrite.domain.models import Unit
from pricing.geometry.archive import Archive
from pricing.geometry.limits import Limits
from pricing.geometry.progress import Reporter
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.source import Source
from pricing.geometry.surface import Surface
from pricing.geometry.threemf_parts import ComponentReference, MeshObject, ModelPart, find_root, parse_part

type Key = tuple[str, str]


def read(source: Source) -> Surface:
    """Read what a 3MF asks to be built.

    Raises:
        ModelRefused: codes of `Archive` and of `parse_part`, and `3mf.nothing_to_build`, `3mf.missing_object`,
            `3mf.component_cycle`, `3mf.too_deep`, `3mf.too_many_instances`, `3mf.bad_transform`,
            `3mf.index_out_of_range`, `limits.triangles`.
    """
    package = _Package(Archive(source.file, source.size, source.limits), source.limits, source.reporter)
    return package.build()


@dataclass(frozen=True, slots=True)
class _Count:
    """What building one object comes to, counted before it is built."""

    triangles: int
    instances: int


class _Package:
    def __init__(self, archive: Archive, limits: Limits, reporter: Reporter) -> None:
        self._archive = archive
        self._limits = limits
        self._reporter = reporter
        self._parts: dict[str, ModelPart] = {}
        self._counts: dict[Key, _Count] = {}
        self._root = find_root(archive)

    def build(self) -> Surface:
        root = self._part(self._root)
        items = [item for item in root.items if self._object(self._key(item, self._root)).kind not in _SUPPORTS]
        if not items:
            raise ModelRefused("3mf.nothing_to_build", "the file asks for no object to be built")
        counts = [self._count(self._key(item, self._root), ()) for item in items]
        self._check(_Count(sum(count.triangles for count in counts), sum(count.instances for count in counts)))
        points: list[NDArray[np.float64]] = []
        facets: list[NDArray[np.int32]] = []
        offset = 0
        for item in items:
            for mesh, transform in self._instances(self._key(item, self._root), item.transform):
                placed = mesh.points @ transform[:3] + transform[3]
                turned = mesh.facets[:, ::-1] if np.linalg.det(transform[:3]) < 0 else mesh.facets
                points.append(placed)
                facets.append(turned + offset)
                offset += len(placed)
        if not facets:
            return Surface(np.empty((0, 3)), np.empty((0, 3), dtype=np.int32), _unit(root))
        return Surface(np.concatenate(points), np.concatenate(facets), _unit(root))

    def _part(self, path: str) -> ModelPart:
        name = path.lower().lstrip("/")
        if name not in self._parts:
            self._parts[name] = parse_part(self._archive, path, self._limits, self._reporter)
        return self._parts[name]

    def _key(self, reference: ComponentReference, referrer: str) -> Key:
        return (reference.path or referrer, reference.object_id)

    def _object(self, key: Key) -> MeshObject:
        part = self._part(key[0])
        if key[1] not in part.objects:
            raise ModelRefused("3mf.missing_object", f"object {key[1][:40]!r} is referred to but not in the file")
        return part.objects[key[1]]

    def _count(self, key: Key, ancestors: tuple[Key, ...]) -> _Count:
        if key in ancestors:
            raise ModelRefused("3mf.component_cycle", f"object {key[1][:40]!r} contains itself")
        if len(ancestors) >= self._limits.nesting:
            raise ModelRefused("3mf.too_deep", f"components are nested more than {self._limits.nesting} deep")
        if key not in self._counts:
            thing = self._object(key)
            within = [self._count(self._key(component, key[0]), (*ancestors, key)) for component in thing.components]
            count = _Count(
                len(thing.facets) + sum(part.triangles for part in within),
                bool(len(thing.facets)) + sum(part.instances for part in within) + len(thing.components),
            )
            self._check(count)
            self._counts[key] = count
        return self._counts[key]

    def _check(self, count: _Count) -> None:
        if count.instances > self._limits.instances:
            raise ModelRefused(
                "3mf.too_many_instances",
                f"{count.instances} instances to build; at most {self._limits.instances} are analysed",
            )
        if count.triangles > self._limits.triangles:
            raise ModelRefused(
                "limits.triangles", f"{count.triangles} triangles; at most {self._limits.triangles} are analysed"
            )

    def _instances(self, key: Key, transform: NDArray[np.float64]) -> list[tuple[MeshObject, NDArray[np.float64]]]:
        thing = self._object(key)
        found = [(thing, transform)] if len(thing.facets) else []
        for component in thing.components:
            placed = component.transform[:, :3] @ transform[:3]
            placed[3] += transform[3]
            found += self._instances(self._key(component, key[0]), placed)
        return found


_SUPPORTS = frozenset({"support", "solidsupport"})

_UNITS = {
    "micron": Unit.MICROMETRE,
    "millimeter": Unit.MILLIMETRE,
    "centimeter": Unit.CENTIMETRE,
    "inch": Unit.INCH,
    "foot": Unit.FOOT,
    "meter": Unit.METRE,
}


def _unit(root: ModelPart) -> Unit:
    unit = _UNITS.get(root.unit)
    if unit is None:
        raise ModelRefused("unit.unknown", f"the file is in {root.unit[:40]!r}, which is no unit of 3MF")
    return unit
