"""How much one file may ask for. All are checked before the work that they bound."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one analysis; `bytes` and `s` (seconds) as the names say.

    Memory and processor time grow with the size of the file, so that a small file can never cost much.
    """

    file_bytes: int = 1 << 30
    memory_bytes: int = 300 << 20
    memory_bytes_per_file_byte: int = 12
    cpu_s: float = 2.0
    cpu_s_per_file_megabyte: float = 1.0
    wall_s: float = 10.0
    triangles: int = 25_000_000
    polygon_corners: int = 1_000
    line_bytes: int = 1 << 20
    archive_entries: int = 5_000
    archive_directory_bytes: int = 1 << 20
    inflated_bytes: int = 1 << 30
    inflation_ratio: int = 100
    instances: int = 10_000
    nesting: int = 32
    gap_points: int = 200_000
    inner_shell_tests: int = 100_000_000

    def memory_for(self, file_bytes: int) -> int:
        """Return how many bytes of memory, beyond an idle engine's, a file of this size may take."""
        return self.memory_bytes + self.memory_bytes_per_file_byte * file_bytes

    def cpu_for(self, file_bytes: int) -> float:
        """Return how many seconds of processor time a file of this size may take."""
        return self.cpu_s + self.cpu_s_per_file_megabyte * file_bytes / 1e6

    def wall_for(self, file_bytes: int) -> float:
        """Return after how many seconds on the clock a child is hung, not slow."""
        return self.wall_s + 4.0 * self.cpu_for(file_bytes)
