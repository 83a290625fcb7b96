"""What a Fargate image is on this machine: the same program, started from the working copy."""

import sys
from collections.abc import Mapping, Sequence

from local.processes import ROOT

# Image repository -> command. A task's environment comes from its definition alone, so the paths are set here.
TASK_COMMANDS: Mapping[str, Sequence[str]] = {
    "pricing": (
        "/usr/bin/env",
        f"PYTHONPATH={ROOT / 'layers'}:{ROOT / 'functions'}",
        sys.executable,
        "-m",
        "pricing.worker",
    ),
}
