"""Writes docs/openapi.json from the routes of the apps; `--check` only says whether it would change.

Run as `PYTHONPATH=layers:functions python -m scripts.openapi`.
"""

import json
import sys
from pathlib import Path

import crm.app
import mes.app
import shop.app
from alexandrite.http.openapi import document

VERSION = "1.0.0"
FILE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def described() -> str:
    """Return the description as it is to be committed."""
    apps = (shop.app.app, crm.app.app, mes.app.app)
    return json.dumps(document(apps, version=VERSION), ensure_ascii=False, indent=1, sort_keys=False) + "\n"


def main() -> int:
    """Write the file, or with `--check` compare it; return the exit status."""
    text = described()
    if "--check" in sys.argv[1:]:
        if FILE.exists() and FILE.read_text() == text:
            return 0
        print("docs/openapi.json does not describe the routes: run `python -m scripts.openapi`", file=sys.stderr)
        return 1
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
