"""A zip archive from a stranger: everything is counted before anything is inflated."""

import io
import struct
import zipfile
from collections.abc import Buffer
from io import BufferedReader
from typing import cast

from isal import igzip_lib, isal_zlib

from pricing.geometry.limits import Limits
from pricing.geometry.refusals import ModelRefused

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64_LOCATOR_SIGNATURE = b"PK\x06\x07"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_SIGNATURE = b"PK\x06\x06"
_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_INFLATE_ERROR = cast("type[Exception]", igzip_lib.error)  # the package says it is an instance
_PACKED_BYTES = 1 << 18
_LONGEST_COMMENT = 1 << 16
_SMALL_BYTES = 8 << 20  # inflating this little is cheap, however well it was compressed
_ENCRYPTED = 1


class Archive:
    """The parts of an archive by name, inflated only within the limits and never written anywhere."""

    def __init__(self, file: BufferedReader, size: int, limits: Limits) -> None:
        """Open an archive of `size` bytes.

        Raises:
            ModelRefused: `3mf.not_an_archive`, `3mf.too_many_entries`, `3mf.unsafe_path`, `3mf.encrypted`,
                `3mf.unsupported_compression`.
        """
        _check_directory(file, size, limits)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, UnicodeDecodeError) as damage:
            raise _damaged(str(damage)) from None
        if len(self._zip.infolist()) > limits.archive_entries:
            raise ModelRefused("3mf.too_many_entries", f"more than {limits.archive_entries} entries in the archive")
        for entry in self._zip.infolist():
            _check_entry(entry)
        self._file = file
        self._limits = limits
        self._inflated = 0
        self._by_name = {entry.filename.lower().lstrip("/"): entry for entry in self._zip.infolist()}

    def __contains__(self, name: str) -> bool:
        return name.lower().lstrip("/") in self._by_name

    def open(self, name: str) -> tuple[io.RawIOBase, int]:
        """Return a stream of the part `name` and its inflated size; names are matched as OPC does, ignoring case.

        Raises:
            ModelRefused: `3mf.missing_part`, `3mf.inflates_too_much` (by size, by ratio, or in sum over parts).
        """
        entry = self._by_name.get(name.lower().lstrip("/"))
        if entry is None:
            raise ModelRefused("3mf.missing_part", f"the archive has no part {name[:100]!r}")
        self._inflated += entry.file_size
        if self._inflated > self._limits.inflated_bytes:
            raise ModelRefused("3mf.inflates_too_much", f"over {self._limits.inflated_bytes} bytes when inflated")
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > _SMALL_BYTES and ratio > self._limits.inflation_ratio:
            raise ModelRefused("3mf.inflates_too_much", f"a part inflates {ratio:.0f} times")
        return _Part(self._file, entry), entry.file_size


class _Part(io.RawIOBase):
    """The content of one entry, inflated several times as fast as `zipfile` does, and checked at its end."""

    def __init__(self, file: BufferedReader, entry: zipfile.ZipInfo) -> None:
        super().__init__()
        file.seek(entry.header_offset)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(_LOCAL_SIGNATURE):
            raise _damaged("an entry is not where the directory says")
        name_bytes, extra_bytes = _LOCAL.unpack(header)[-2:]
        self._file = file
        self._entry = entry
        self._at = entry.header_offset + _LOCAL.size + name_bytes + extra_bytes
        self._left = entry.compress_size
        self._inflater = None
        if entry.compress_type == zipfile.ZIP_DEFLATED:
            self._inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
        self._given = 0
        self._checksum = 0

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill a buffer as far as the next input allows.

        Raises:
            ModelRefused: `3mf.not_an_archive`: damaged, or not of the size or checksum that the directory gives.
        """
        view = memoryview(buffer).cast("B")
        content = self._stored(len(view)) if self._inflater is None else self._inflate(self._inflater, len(view))
        self._given += len(content)
        self._checksum = isal_zlib.crc32(content, self._checksum)
        if self._given > self._entry.file_size or (
            not content and (self._given, self._checksum) != (self._entry.file_size, self._entry.CRC)
        ):
            raise _damaged(f"the entry {self._entry.filename[:100]!r} is not what the directory says")
        view[: len(content)] = content
        return len(content)

    def _stored(self, most: int) -> bytes:
        self._file.seek(self._at)
        content = self._file.read(min(most, self._left))
        self._at += len(content)
        self._left -= len(content)
        return content

    def _inflate(self, inflater: igzip_lib.IgzipDecompressor, most: int) -> bytes:
        try:
            while not inflater.eof:
                packed = self._stored(_PACKED_BYTES) if inflater.needs_input else b""
                content: bytes = inflater.decompress(packed, most)
                if content or (inflater.needs_input and not self._left):
                    return content
        except _INFLATE_ERROR as damage:
            raise _damaged(str(damage)) from None
        return b""


def _damaged(how: str) -> ModelRefused:
    return ModelRefused("3mf.not_an_archive", f"the archive is damaged: {how}")


def _check_directory(file: BufferedReader, size: int, limits: Limits) -> None:
    """Refuse a directory that would be expensive merely to read."""
    tail_bytes = min(size, _LONGEST_COMMENT + _END.size)
    file.seek(size - tail_bytes)
    tail = file.read(tail_bytes)
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END.size:
        raise ModelRefused("3mf.not_an_archive", "the archive has no directory; it is probably truncated")
    _, _, _, _, entries, directory_bytes, _, _ = _END.unpack_from(tail, at)
    locator_at = at - _END64_LOCATOR.size
    if locator_at >= 0 and tail.startswith(_END64_LOCATOR_SIGNATURE, locator_at):
        entries, directory_bytes = _directory64(file, tail, locator_at)
    if entries > limits.archive_entries or directory_bytes > limits.archive_directory_bytes:
        raise ModelRefused(
            "3mf.too_many_entries",
            f"{entries} entries in a directory of {directory_bytes} bytes; at most {limits.archive_entries} are read",
        )


def _directory64(file: BufferedReader, tail: bytes, locator_at: int) -> tuple[int, int]:
    _, _, offset, _ = _END64_LOCATOR.unpack_from(tail, locator_at)
    file.seek(min(offset, (1 << 63) - 1))
    record = file.read(_END64.size)
    if len(record) < _END64.size or not record.startswith(_END64_SIGNATURE):
        raise ModelRefused("3mf.not_an_archive", "the archive's 64-bit directory is not where it should be")
    fields = _END64.unpack(record)
    return fields[7], fields[8]


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("//") or ".." in name.split("/") or "\x00" in entry.orig_filename or ":" in name.split("/")[0]:
        raise ModelRefused("3mf.unsafe_path", f"the archive has an entry called {name[:100]!r}")
    if entry.flag_bits & _ENCRYPTED:
        raise ModelRefused("3mf.encrypted", "the archive is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ModelRefused("3mf.unsupported_compression", f"compression method {entry.compress_type} is not 3MF's")
