"""The page that shows the API."""

import re
from pathlib import Path

from scripts import docs_page


def test_the_page_is_complete_and_has_no_script_or_style_in_it(tmp_path: Path) -> None:
    docs_page.build(tmp_path)
    page = (tmp_path / "index.html").read_text()
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert {"swagger-ui-bundle.js", "swagger-ui.css", "page.js", "openapi.json"} <= set(named)
    assert all((tmp_path / name).is_file() for name in named)
    assert re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|https?:", page) is None
