import io
import json
from pathlib import Path

import pytest

from alexandrite.domain.errors import Invalid
from alexandrite.domain.prices import Price
from pricing.command import price_files
from tests.solids import binary_stl, simple_threemf, torus

RING = torus()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    contents = {
        "ring.stl": binary_stl(RING),
        "ring.3mf": simple_threemf(RING),
        "open.stl": binary_stl(RING.with_facets(RING.facets[1:])),
        "page.stl": b"<html>404</html>",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in [*contents, "gone.stl"]}


def run(*paths: Path, as_json: bool = True, unit: str | None = None) -> tuple[int, str]:
    out = io.StringIO()
    status = price_files(paths, material="silver_925", finish="polished", unit=unit, as_json=as_json, out=out)
    return status, out.getvalue()


def test_each_file_is_one_line_of_json(files: dict[str, Path]):
    status, text = run(files["ring.stl"], files["ring.3mf"])
    assert status == 0
    stl, threemf = (json.loads(line) for line in text.splitlines())
    assert stl["file"] == str(files["ring.stl"])
    assert stl["triangles"] == threemf["triangles"] == len(RING.facets)
    assert stl["volume_mm3"] == pytest.approx(threemf["volume_mm3"], rel=1e-6)
    assert stl["size_mm"] == pytest.approx([23, 23, 3], rel=1e-6)
    assert stl["watertight"]
    assert stl["components"] == 1
    assert stl["findings"] == []
    assert Price.model_validate_json(json.dumps(stl["price"])).gross_minor > 0
    assert stl["engine_version"] == stl["price"]["engine_version"]
    assert stl["price_list_version"] == stl["price"]["price_list_version"]


def test_a_refused_file_has_an_error_and_the_others_their_prices(files: dict[str, Path]):
    status, text = run(files["page.stl"], files["gone.stl"], files["open.stl"], files["ring.stl"])
    assert status == 1
    page, gone, gaping, ring = (json.loads(line) for line in text.splitlines())
    assert page["error"]["code"] == "format.not_a_model"
    assert gone["error"]["code"] == "file.unreadable"
    assert (gaping["price"], gaping["volume_mm3"]) == (None, None)
    assert gaping["findings"][0]["code"] == "geometry.open"
    assert gaping["findings"][0]["place"]["point_mm"]
    assert ring["price"]


def test_the_declared_unit_decides(files: dict[str, Path]):
    _, text = run(files["ring.stl"], unit="in")
    record = json.loads(text)
    assert record["size_mm"] == pytest.approx([23 * 25.4, 23 * 25.4, 3 * 25.4], rel=1e-6)
    assert record["findings"][0]["code"] == "size.too_large"
    assert record["price"] is None


def test_people_get_a_table(files: dict[str, Path]):
    status, text = run(files["ring.stl"], files["page.stl"], as_json=False)
    assert status == 1
    assert "ring.stl" in text
    assert "RUB" in text
    assert "refused" in text


def test_a_wrong_material_is_said_before_any_file_is_read(files: dict[str, Path]):
    with pytest.raises(Invalid):
        price_files([files["gone.stl"]], material="adamant", finish="polished", unit=None, as_json=True)
