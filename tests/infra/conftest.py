"""The template, synthesised once: 20-40 s, after which an assertion costs nothing."""

import json

import pytest

from infra_cdk.app import compose
from tests.template import Template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    directory = tmp_path_factory.mktemp("assembly")
    # Without packing the layers: their content is another test's.
    compose(str(directory), {"aws:cdk:bundling-stacks": []}).synth()
    stacks = {
        path.name.removesuffix(".template.json").rsplit("-", 1)[-1]: json.loads(path.read_text())
        for path in directory.glob("*.template.json")
    }
    return Template(directory, stacks)
