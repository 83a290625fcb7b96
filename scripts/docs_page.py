"""Builds build/site/docs: the interactive page of the API, from files of ours and of swagger-ui-dist.

No script or style stands in the page itself, so that it needs nothing but `default-src 'self'`; pictures within the
style sheet are `data:` addresses. Run as `python -m scripts.docs_page`.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "build" / "site" / "docs"
OURS = ("docs/page/index.html", "docs/page/page.js", "docs/page/page.css", "docs/openapi.json")
THEIRS = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "LICENSE", "NOTICE")


class NotInstalledError(RuntimeError):
    """The Node packages are missing."""


def build(site: Path = SITE) -> None:
    """Put the page together.

    Raises:
        NotInstalledError: swagger-ui-dist is not installed.
    """
    package = ROOT / "node_modules" / "swagger-ui-dist"
    if not package.is_dir():
        raise NotInstalledError("swagger-ui-dist is missing: run `make setup`")
    site.mkdir(parents=True, exist_ok=True)
    for name in OURS:
        shutil.copyfile(ROOT / name, site / Path(name).name)
    for name in THEIRS:
        shutil.copyfile(package / name, site / name)


if __name__ == "__main__":
    try:
        build()
    except NotInstalledError as missing:
        sys.exit(str(missing))
