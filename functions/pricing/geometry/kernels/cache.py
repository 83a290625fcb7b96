"""Where compiled kernels are kept, and when they are stale."""

import hashlib
import os
from pathlib import Path

from numba import config
from numba.core.caching import UserProvidedCacheLocator

_SOURCES = Path(__file__).parent
_DIGEST = hashlib.sha256(b"".join(source.read_bytes() for source in sorted(_SOURCES.glob("*.py")))).hexdigest()


class KernelCache(UserProvidedCacheLocator):
    """A folder that may be read-only once it is filled: `NUMBA_CACHE_DIR`, or beside the byte code.

    numba's own locators refuse a folder they cannot write to, and compile anew wherever the code is deployed for good;
    and they look at one file, so that a kernel would keep the old form of what it calls in another.
    """

    def __init__(self, py_func: object, py_file: str) -> None:
        if not config.CACHE_DIR:
            config.CACHE_DIR = str(_SOURCES / "__pycache__")
        super().__init__(py_func, py_file)

    @classmethod
    def from_function(cls, py_func: object, py_file: str) -> "KernelCache":
        """Return the locator, which always applies."""
        locator = cls(py_func, py_file)
        os.makedirs(locator.get_cache_path(), exist_ok=True)
        return locator

    def get_cache_path(self) -> str:
        """Return the folder: one for all kernels, wherever their source happens to lie."""
        return str(config.CACHE_DIR)

    def get_source_stamp(self) -> str:
        """Return what changes with any kernel."""
        return _DIGEST
