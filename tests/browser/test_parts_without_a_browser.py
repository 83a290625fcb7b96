"""The application's own tests of its pure parts."""

import subprocess

from local.processes import ROOT


def test_the_pure_parts_of_the_application_do_what_they_say() -> None:
    done = subprocess.run(
        ["npm", "test", "--prefix", "web"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
