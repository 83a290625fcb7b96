"""One model part of a 3MF archive, parsed as a stream; documents with a DTD are refused before any entity exists."""

import io
import re
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.archive import Archive
from pricing.geometry.kernels import xml_elements
from pricing.geometry.limits import Limits
from pricing.geometry.numbers import parse_floats, refuse_underscores
from pricing.geometry.progress import Reporter, Stage
from pricing.geometry.refusals import ModelRefused

_BLOCK_BYTES = 1 << 20
_ROWS = 1 << 14
_LONGEST_TAG_BYTES = 1 << 16
_CONTAINER = re.compile(rb"<(?:[\w.-]+:)?(?:vertices|triangles)\s*>")
_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
_SLICE = "http://schemas.microsoft.com/3dmanufacturing/slice/2015/07"
_BEAM_LATTICE = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"
_MODEL_RELATIONSHIP = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
_USUAL_ROOT = "3D/3dmodel.model"
_TRANSFORM_NUMBERS = 12


@dataclass(frozen=True, slots=True)
class ComponentReference:
    """An object to be built, in another part if `path` says so; `transform` is (4, 3), for row vectors."""

    object_id: str
    path: str | None
    transform: NDArray[np.float64]


@dataclass(slots=True)
class MeshObject:
    """An object: a mesh of its own, or components."""

    kind: str
    coordinates: array[float] = field(default_factory=lambda: array("d"))
    corners: array[int] = field(default_factory=lambda: array("i"))
    components: list[ComponentReference] = field(default_factory=list)

    @property
    def points(self) -> NDArray[np.float64]:
        """The (n, 3) coordinates."""
        return np.frombuffer(self.coordinates, dtype=np.float64).reshape(-1, 3)

    @property
    def facets(self) -> NDArray[np.int32]:
        """The (m, 3) indices into `points`."""
        return np.frombuffer(self.corners, dtype=np.int32).reshape(-1, 3)


@dataclass(slots=True)
class ModelPart:
    """A parsed model part."""

    unit: str = "millimeter"
    objects: dict[str, MeshObject] = field(default_factory=dict)
    items: list[ComponentReference] = field(default_factory=list)


def find_root(archive: Archive) -> str:
    """Return the name of the part that says what to build.

    Raises:
        ModelRefused: `3mf.no_model`: a zip archive, but not of a model.
    """
    targets: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("Relationship") and attributes.get("Type") == _MODEL_RELATIONSHIP:
            targets.append(attributes.get("Target", ""))

    if "_rels/.rels" in archive:
        stream, _ = archive.open("_rels/.rels")
        parser = _parser()
        parser.StartElementHandler = start
        _feed(parser, stream)
    root = next((target for target in targets if target in archive), _USUAL_ROOT)
    if root not in archive:
        raise ModelRefused("3mf.no_model", "the archive holds no 3D model")
    return root


def parse_part(archive: Archive, path: str, limits: Limits, reporter: Reporter) -> ModelPart:
    """Parse the model part at `path`.

    Raises:
        ModelRefused: `xml.malformed`, `xml.doctype`, `3mf.malformed`, `3mf.beam_lattice`, `3mf.slices`,
            `3mf.unsupported_extension`, `3mf.bad_transform`, `3mf.index_out_of_range`, `number.decimal_comma`,
            `number.malformed`, `limits.triangles`.
    """
    stream, size = archive.open(path)
    parser = _parser()
    handler = _ModelHandler(parser, limits)

    feeder = _Feeder(parser, handler)
    read = 0
    with _refusing_what_expat_does():
        while chunk := stream.read(_BLOCK_BYTES):
            feeder.feed(chunk)
            handler.flush()
            read += len(chunk)
            reporter.at(Stage.READ, read / max(size, 1))
        feeder.close()
        handler.flush()
    for thing in handler.part.objects.values():
        facets = thing.facets
        if facets.size and (facets.min() < 0 or facets.max() >= len(thing.points)):
            raise ModelRefused(
                "3mf.index_out_of_range", f"a triangle refers to a vertex beyond the {len(thing.points)}"
            )
    return handler.part


def _parser() -> expat.XMLParserType:
    def refuse(*_: object) -> None:
        raise ModelRefused("xml.doctype", "the XML declares a document type, which 3MF forbids")

    # Namespaces are resolved by the handler: expat's own rejects prefixes without a declaration, which samples of the
    # 3MF Consortium itself contain among the materials.
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def _feed(parser: expat.XMLParserType, stream: io.RawIOBase) -> None:
    with _refusing_what_expat_does():
        while chunk := stream.read(_BLOCK_BYTES):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)


@contextmanager
def _refusing_what_expat_does() -> Iterator[None]:
    try:
        yield
    except expat.ExpatError as damage:
        raise ModelRefused("xml.malformed", f"the XML is malformed: {damage}") from None
    except LookupError as unknown:
        raise ModelRefused("xml.malformed", f"3MF is written in UTF-8 or UTF-16: {unknown}") from None


class _Feeder:
    """Gives expat all of a document but the rows of its meshes that a kernel can read.

    Wherever expat has just opened a container of rows, the kernel takes over; it gives back what is unusual. Expat sees
    a document with fewer elements, well-formed if the whole is.
    """

    def __init__(self, parser: expat.XMLParserType, handler: "_ModelHandler") -> None:
        self._parser = parser
        self._handler = handler
        self._fed = 0
        self._in_rows = False
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the document."""
        text = self._rest + chunk
        octets = np.frombuffer(text, dtype=np.uint8)
        at = 0
        while True:
            if self._in_rows:
                at, cut = self._handler.read_rows(octets, at)
                if cut and len(text) - at < _LONGEST_TAG_BYTES:
                    break
                self._in_rows = False
            container = _CONTAINER.search(text, at)
            if container is None:
                tag_at = text.rfind(b"<", at)
                cut = tag_at >= 0 and text.find(b">", tag_at) < 0 and len(text) - tag_at < _LONGEST_TAG_BYTES
                at = self._parse(text, at, tag_at if cut else len(text))
                break
            tells_at = self._fed + container.start() - at
            at = self._parse(text, at, container.end())
            # Otherwise the tag is in a comment or in another namespace.
            self._in_rows = self._handler.container_at == tells_at
        self._rest = text[at:]

    def close(self) -> None:
        """Note that the document ends here."""
        self._parser.Parse(bytes(self._rest), True)

    def _parse(self, text: bytearray, start: int, stop: int) -> int:
        self._parser.Parse(bytes(text[start:stop]), False)
        self._fed += stop - start
        return stop


class _ModelHandler:
    """Builds a `ModelPart` from the elements of the core namespace, declared on the root as usual."""

    def __init__(self, parser: expat.XMLParserType, limits: Limits) -> None:
        self.part = ModelPart()
        self.container_at = -1  # where the tag is that opened the last container of rows, as expat counts bytes
        self._rows_are_triangles = False
        self._parser = parser
        self._limits = limits
        self._object = MeshObject("model")
        self._coordinates: list[str] = []
        self._corners: list[str] = []
        self._triangles = 0
        self._prefixes: dict[str, str] = {}
        self._starts: dict[str, Callable[[dict[str, str]], None]] = {}
        self._foreign_depth = 0
        self._listen()

    def flush(self) -> None:
        """Turn the text of the mesh elements since the last time into numbers."""
        coordinates, corners = self._coordinates, self._corners
        if coordinates:
            self._coordinates = []
            tokens = [text.encode() for text in coordinates]
            refuse_underscores(tokens)
            self._object.coordinates.frombytes(parse_floats(tokens).tobytes())
        if corners:
            self._corners = []
            self._count_triangles(len(corners) // 3)
            try:
                self._object.corners.extend(map(int, corners))
            except (ValueError, OverflowError):
                raise ModelRefused("3mf.malformed", "a triangle refers to something that is no number") from None

    def read_rows(self, text: NDArray[np.uint8], at: int) -> tuple[int, bool]:
        """Read elements of the container just opened; return where that ended, and whether more text is needed."""
        self.flush()
        outcome = xml_elements.FULL
        while outcome == xml_elements.FULL:
            if self._rows_are_triangles:
                facets = np.empty((_ROWS, 3), dtype=np.int32)
                count, at, outcome = xml_elements.read_triangles(text, at, self._rows_name, facets)
                self._count_triangles(count)
                self._object.corners.frombytes(facets[:count].tobytes())
            else:
                points = np.empty((_ROWS, 3))
                count, at, outcome = xml_elements.read_vertices(text, at, self._rows_name, points)
                self._object.coordinates.frombytes(points[:count].tobytes())
        return at, outcome == xml_elements.CUT

    def _count_triangles(self, count: int) -> None:
        self._triangles += count
        if self._triangles > self._limits.triangles:
            raise ModelRefused(
                "limits.triangles", f"more than the {self._limits.triangles} triangles that are analysed"
            )

    def _listen(self) -> None:
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._prefixes:
            self._declare(name, attributes)
        if self._foreign_depth or attributes.get("xmlns", self._default) != self._default:
            self._foreign_depth += 1
            return
        handle = self._starts.get(name)
        if handle is not None:
            try:
                handle(attributes)
            except KeyError as missing:
                raise _lacks(name, missing) from None

    def _start_in_mesh(self, name: str, attributes: dict[str, str]) -> None:
        """Take vertices and triangles, the bulk of any file, by the shortest way; at anything else look closely."""
        try:
            if name == self._vertex:
                self._coordinates += (attributes["x"], attributes["y"], attributes["z"])
            elif name == self._triangle:
                self._corners += (attributes["v1"], attributes["v2"], attributes["v3"])
            elif name in self._containers:
                self._rows_name = np.frombuffer(self._containers[name].encode(), dtype=np.uint8).copy()
                self._rows_are_triangles = self._containers[name] == self._triangle
                if not attributes:
                    self.container_at = self._parser.CurrentByteIndex
            else:
                self._listen()
                self._start(name, attributes)
        except KeyError as missing:
            raise _lacks(name, missing) from None

    def _end(self, _name: str) -> None:
        if self._foreign_depth:
            self._foreign_depth -= 1

    def _declare(self, root: str, attributes: dict[str, str]) -> None:
        """Learn from the root element which prefix stands for which namespace."""
        self._prefixes = {
            name.partition(":")[2]: uri for name, uri in attributes.items() if name.partition(":")[0] == "xmlns"
        }
        self._default = attributes.get("xmlns", "")
        core = root.rpartition("model")[0]
        if not root.endswith("model") or self._prefixes.get(core.rstrip(":")) != _CORE:
            raise ModelRefused("3mf.malformed", f"the model part begins with <{root[:40]}>, not with a 3MF model")
        self._vertex, self._triangle = f"{core}vertex", f"{core}triangle"
        self._containers = {f"{core}vertices": self._vertex, f"{core}triangles": self._triangle}
        self._path = f"{self._prefix(_PRODUCTION)}:path"
        self._slices = f"{self._prefix(_SLICE)}:slicestackid"
        self._resolution = f"{self._prefix(_SLICE)}:meshresolution"
        self._starts = {
            f"{core}model": self._model,
            f"{core}object": self._start_object,
            f"{core}mesh": self._mesh,
            f"{core}vertex": lambda attributes: self._start_in_mesh(self._vertex, attributes),
            f"{core}triangle": lambda attributes: self._start_in_mesh(self._triangle, attributes),
            f"{core}component": self._component,
            f"{core}item": self._item,
            f"{self._prefix(_BEAM_LATTICE)}:beamlattice": self._beam_lattice,
        }

    def _prefix(self, namespace: str) -> str | None:
        return next((prefix for prefix, uri in self._prefixes.items() if uri == namespace), None)

    def _model(self, attributes: dict[str, str]) -> None:
        self.part.unit = attributes.get("unit", "millimeter")
        for prefix in attributes.get("requiredextensions", "").split():
            if self._prefixes.get(prefix) == _BEAM_LATTICE:
                self._beam_lattice({})
            if not _is_understood(self._prefixes.get(prefix, "")):
                raise ModelRefused(
                    "3mf.unsupported_extension", f"the file requires the extension {prefix[:40]!r}, which is not read"
                )

    def _beam_lattice(self, _: dict[str, str]) -> None:
        raise ModelRefused("3mf.beam_lattice", "the file holds a beam lattice; please export it as a mesh")

    def _start_object(self, attributes: dict[str, str]) -> None:
        if self._slices in attributes and attributes.get(self._resolution) != "fullres":
            raise ModelRefused("3mf.slices", "an object is described by slices; please export it as a mesh")
        self.flush()
        self._object = MeshObject(attributes.get("type", "model"))
        self.part.objects[attributes["id"]] = self._object

    def _mesh(self, _: dict[str, str]) -> None:
        self._parser.StartElementHandler = self._start_in_mesh
        self._parser.EndElementHandler = None

    def _component(self, attributes: dict[str, str]) -> None:
        self._object.components.append(self._reference(attributes))
        self._check_references(self._object.components)

    def _item(self, attributes: dict[str, str]) -> None:
        if attributes.get("printable", "1") not in ("0", "false"):
            self.part.items.append(self._reference(attributes))
            self._check_references(self.part.items)

    def _reference(self, attributes: dict[str, str]) -> ComponentReference:
        return ComponentReference(
            attributes["objectid"], attributes.get(self._path), _transform(attributes.get("transform"))
        )

    def _check_references(self, references: list[ComponentReference]) -> None:
        if len(references) > self._limits.instances:
            raise ModelRefused("3mf.too_many_instances", f"more than {self._limits.instances} instances to build")


def _lacks(element: str, missing: KeyError) -> ModelRefused:
    return ModelRefused("3mf.malformed", f"<{element}> lacks the attribute {missing}")


def _is_understood(namespace: str) -> bool:
    """Tell whether a required extension leaves the volume to the meshes that we read."""
    understood = ("/production/", "/material/", "/slice/", "/trianglesets/")
    return namespace.startswith("http://schemas.microsoft.com/3dmanufacturing/") and any(
        name in namespace for name in understood
    )


def _transform(text: str | None) -> NDArray[np.float64]:
    if text is None:
        return np.vstack([np.eye(3), np.zeros(3)])
    numbers = parse_floats(text.encode().split())
    if len(numbers) != _TRANSFORM_NUMBERS or not np.isfinite(numbers).all():
        raise ModelRefused("3mf.bad_transform", "a transform is not twelve finite numbers")
    matrix = numbers.reshape(4, 3)
    if np.linalg.det(matrix[:3]) == 0:
        raise ModelRefused("3mf.bad_transform", "a transform flattens its object")
    return matrix
