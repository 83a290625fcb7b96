"""The file that is being analysed, and what goes with it."""

import hashlib
from collections.abc import Buffer
from dataclasses import dataclass, field
from io import BufferedReader

from pricing.geometry.crew import Crew
from pricing.geometry.limits import Limits
from pricing.geometry.progress import Reporter

_BLOCK_BYTES = 1 << 20


@dataclass(slots=True)
class Source:
    """An open, seekable file of `size` bytes, with limits, listener and crew of its analysis."""

    file: BufferedReader
    size: int
    limits: Limits
    reporter: Reporter
    crew: Crew
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _digested: int = 0

    def read_on(self, buffer: Buffer) -> int:
        """Fill a buffer with what follows; its checksum is taken in passing. Return the number of bytes.

        For readers that read from the beginning and nothing twice: others read from `file`.
        """
        read = self.file.readinto(buffer)
        self._digest.update(memoryview(buffer).cast("B")[:read])
        self._digested += read
        return read

    def sha256(self) -> str:
        """Return the checksum of the whole file, hexadecimal, reading what has not been read on."""
        self.file.seek(self._digested)
        block = bytearray(_BLOCK_BYTES)
        while self.read_on(block):
            pass
        return self._digest.hexdigest()
