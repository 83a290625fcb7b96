"""`alexandrite` before and after anything runs; the whole way through it is an end-to-end test."""

import json

import pytest
from click.testing import CliRunner

from local.command import alexandrite
from local.emulator.settings import credentials, environment
from local.ring import SignetRing, write_stl


@pytest.fixture
def run(tmp_path):
    def invoke(*arguments):
        return CliRunner().invoke(alexandrite, [*arguments, "--directory", str(tmp_path / "cloud")])

    return invoke


def test_status_of_what_never_ran_says_so_and_ends_with_3(run):
    result = run("status")
    assert result.exit_code == 3
    assert "not running" in result.output


def test_down_of_what_does_not_run_is_no_error(run):
    assert run("down").exit_code == 0


def test_an_order_without_a_cloud_tells_how_to_start_one(run, tmp_path):
    result = run("order", str(write_stl(tmp_path / "ring.stl")))
    assert result.exit_code == 1
    assert "alexandrite up" in result.output


def test_status_tells_of_an_unclean_end(run, tmp_path):
    (tmp_path / "cloud" / "emulator").mkdir(parents=True)
    (tmp_path / "cloud" / "emulator" / "running").write_text("1\n")
    assert "uncleanly" in run("status").output


def test_doctor_names_what_it_looked_at(run):
    output = run("doctor").output
    assert all(subject in output for subject in ("Python", "Node", "CDK", "Emulator", "Port"))


def test_a_file_can_be_priced_without_a_cloud(tmp_path):
    ring = write_stl(tmp_path / "ring.stl")
    result = CliRunner().invoke(alexandrite, ["price", str(ring), "--unit", "mm", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["price"]


def test_codes_may_be_typed_with_hyphens_and_the_finish_be_left_to_the_material(tmp_path):
    ring = str(write_stl(tmp_path / "ring.stl"))
    result = CliRunner().invoke(alexandrite, ["price", ring, "--material", "castable-resin", "--json"])
    assert result.exit_code == 0, result.output
    (line,) = json.loads(result.output)["price"]["lines"]
    assert (line["material"], line["finish"]) == ("castable_resin", "as_cast")


def test_a_file_that_is_not_there_leaves_the_others_priced(tmp_path):
    ring = str(write_stl(tmp_path / "ring.stl"))
    result = CliRunner().invoke(alexandrite, ["price", str(tmp_path / "none.stl"), ring, "--json"])
    assert result.exit_code == 1
    missing, priced = map(json.loads, result.output.splitlines())
    assert missing["error"]["code"] == "file.unreadable"
    assert priced["price"]


def test_the_demonstration_s_ring_is_closed(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    ring = trimesh.load(write_stl(tmp_path / "ring.stl"))
    assert ring.is_watertight
    assert ring.extents[2] == pytest.approx(SignetRing().seal_width)
    assert ring.euler_number == 0  # one hole, for the finger


def test_nothing_of_the_developer_s_account_reaches_the_cloud(tmp_path):
    caller = {"AWS_PROFILE": "production", "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SESSION_TOKEN": "secret", "PATH": "/bin"}
    made = environment(tmp_path, 4600, caller)
    assert made["PATH"] == "/bin"
    assert {name: value for name, value in made.items() if name.startswith("AWS_")} == credentials(4600)
