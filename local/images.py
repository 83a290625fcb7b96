"""What a Fargate image is on this machine: the working copy and its Python, in which the task's own command runs."""

import os
from collections.abc import Mapping
from typing import Any

from local.processes import ROOT

_PYTHON_PATH = os.pathsep.join(str(ROOT / part) for part in ("layers", "functions"))
_PATH = os.pathsep.join([str(ROOT / ".venv" / "bin"), "/usr/local/bin", "/usr/bin", "/bin"])

# By the last part of the image's repository name.
IMAGES: Mapping[str, Mapping[str, Any]] = {
    "pricing": {
        "environment": {"PATH": _PATH, "PYTHONPATH": _PYTHON_PATH, "PYTHONUNBUFFERED": "1"},
        "command": ["python", "-m", "pricing.worker"],
    },
}
