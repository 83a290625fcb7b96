"""What a file is, by its content: names lie."""

import re
import struct
from io import BufferedReader

import numpy as np

from alexandrite.domain.models import FileFormat
from pricing.geometry.refusals import ModelRefused

STL_HEADER_BYTES = 84
STL_FACET_BYTES = 50

_HEAD_BYTES = 1 << 16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_OBJ_STATEMENT = re.compile(rb"^[ \t]*(?:v|vt|vn|vp|f|l|p|o|g|s|mtllib|usemtl)[ \t]", re.MULTILINE)
_PLAUSIBLE_MM = (1e-12, 1e9)

_KNOWN_BUT_NOT_READ = (
    (b"ISO-10303-21", "STEP"),
    (b"3D Geometry File Format", "3DM"),
    (b"OFF", "OFF"),
)
_NOT_MODELS = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
)


def sniff(file: BufferedReader, size: int) -> FileFormat:
    """Return the format of a file of `size` bytes; leaves its position undefined.

    Raises:
        ModelRefused: `format.empty`, `format.unsupported` (a 3D format that is not read), `format.not_a_model`
            (recognisably something else), `format.unknown`.
    """
    if size == 0:
        raise ModelRefused("format.empty", "the file is empty")
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return FileFormat.THREE_MF
    if size >= STL_HEADER_BYTES and size == STL_HEADER_BYTES + STL_FACET_BYTES * stl_count(head):
        return FileFormat.STL_BINARY
    if head.startswith((b"ply\n", b"ply\r", b"ply ")):
        return FileFormat.PLY
    if head.startswith(b"glTF"):
        return FileFormat.GLTF
    _refuse_foreign(head)
    if not _CONTROL.search(head):
        return _sniff_text(head)
    if _resembles_stl(head):
        return FileFormat.STL_BINARY
    raise ModelRefused("format.unknown", "the content is no 3D format that we know")


def seek_text(file: BufferedReader) -> None:
    """Go to where the text of a file begins, behind the mark that some editors put before it."""
    file.seek(0)
    if file.read(len(_BYTE_ORDER_MARK)) != _BYTE_ORDER_MARK:
        file.seek(0)


def stl_count(head: bytes | bytearray) -> int:
    """Return the number of facets that the header of a binary STL claims."""
    count: int = struct.unpack_from("<I", head, 80)[0]
    return count


def _refuse_foreign(head: bytes) -> None:
    for magic, name in _KNOWN_BUT_NOT_READ:
        if head.startswith(magic):
            raise ModelRefused("format.unsupported", f"the file is {name}, which is not read yet")
    for magic, name in _NOT_MODELS:
        if head.startswith(magic):
            raise ModelRefused("format.not_a_model", f"the file is {name}")


def _sniff_text(head: bytes) -> FileFormat:
    text = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not text:
        raise ModelRefused("format.empty", "the file holds nothing but white space")
    if text.startswith(b"<"):
        raise ModelRefused("format.not_a_model", "the file is an HTML or XML document")
    if text.startswith(b"{"):
        return FileFormat.GLTF
    if text[:5].lower() == b"solid":
        return FileFormat.STL_ASCII
    if _OBJ_STATEMENT.search(text):
        return FileFormat.OBJ
    raise ModelRefused("format.unknown", "the text is no 3D format that we know")


def _resembles_stl(head: bytes) -> bool:
    """Tell a damaged binary STL from noise: its first facets have coordinates of a plausible magnitude."""
    body = head[STL_HEADER_BYTES:][: STL_FACET_BYTES * 8]
    whole = len(body) // STL_FACET_BYTES
    if whole == 0:
        return False
    facets = np.frombuffer(body, dtype=np.uint8, count=whole * STL_FACET_BYTES).reshape(whole, STL_FACET_BYTES)
    numbers = np.abs(facets[:, :48].copy().view("<f4"))
    smallest, largest = _PLAUSIBLE_MM
    return bool(np.all((numbers == 0) | ((numbers >= smallest) & (numbers <= largest))))
