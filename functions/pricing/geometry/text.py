"""A text file in blocks that can be read by themselves, each by another thread."""

from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from pricing.geometry.progress import Stage
from pricing.geometry.refusals import ModelRefused
from pricing.geometry.source import Source

_BLOCK_BYTES = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class TextBlocks:
    """Blocks with their numbers, in the order of the file, for whoever asks next."""

    def __init__(self, source: Source, last_end: Callable[[bytearray], int], too_long: ModelRefused) -> None:
        """Prepare to read a source from its beginning.

        Args:
            source: the text.
            last_end: returns where the last element ends in a text, 0 if none does.
            too_long: what to raise at an element of over a megabyte.
        """
        source.file.seek(0)
        self._source = source
        self._last_end = last_end
        self._too_long = too_long
        self._rest = bytearray()
        self._number = -1
        self._read = 0
        self._lock = Lock()

    def next(self) -> tuple[int, NDArray[np.uint8]] | None:
        """Return the next block, None when all have been taken."""
        with self._lock:
            while chunk := self._chunk():
                text = self._rest + chunk
                end = self._last_end(text)
                if end:
                    self._rest = text[end:]
                    return self._numbered(text[:end])
                if len(text) > 2 * _BLOCK_BYTES:
                    raise self._too_long
                self._rest = text
            if not self._rest:
                return None
            text, self._rest = self._rest, bytearray()
            return self._numbered(text)

    def _chunk(self) -> bytearray:
        chunk = bytearray(_BLOCK_BYTES)
        read = self._source.read_on(chunk)
        if self._read == 0 and chunk.startswith(_BYTE_ORDER_MARK):
            del chunk[: len(_BYTE_ORDER_MARK)]
            del chunk[read - len(_BYTE_ORDER_MARK) :]
        else:
            del chunk[read:]
        self._read += read
        self._source.reporter.at(Stage.READ, self._read / self._source.size)
        return chunk

    def _numbered(self, text: bytearray) -> tuple[int, NDArray[np.uint8]]:
        self._number += 1
        return self._number, np.frombuffer(text, dtype=np.uint8)
