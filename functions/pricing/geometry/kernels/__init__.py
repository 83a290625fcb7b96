"""The inner loops, compiled by numba ahead of time, released from the interpreter's lock, and read from a cache.

All signatures are explicit: importing this package compiles, or loads, everything there is; later nothing compiles.
"""

from numba import config

# Before any kernel is declared: each asks where its compiled form is kept.
config.CACHE_LOCATOR_CLASSES = "pricing.geometry.kernels.cache.KernelCache"
