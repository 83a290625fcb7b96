"""A function gets exactly the settings that its code reads."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.template import Template

ROOT = Path(__file__).resolve().parents[2]
EVERYBODYS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}

# Functions of one folder share this module and use a part of it each; other modules are run whole by importing them.
SHARED = "composition"


@cache
def variables() -> dict[str, str]:
    """Return the variable behind each function of `alexandrite.configuration`."""
    module = ast.parse((ROOT / "layers" / "alexandrite" / "configuration.py").read_text())
    return {
        function.name: call.args[0].value
        for function in module.body
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "setting"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def parse(folder: str, module: str) -> ast.Module | None:
    path = ROOT / "functions" / folder / f"{module}.py"
    return ast.parse(path.read_text()) if path.exists() else None


def read_in(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "configuration":
            yield variables()[each.attr]
        elif isinstance(each, ast.Constant) and each.value == "PRICING_CONCURRENCY":
            yield "PRICING_CONCURRENCY"


def shared_names(folder: str, module: ast.Module) -> Iterator[str]:
    """Yield what a module takes from the folder's composition."""
    for each in ast.walk(module):
        if isinstance(each, ast.ImportFrom) and each.module == f"{folder}.{SHARED}":
            yield from (name.name for name in each.names)
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == SHARED:
            yield each.attr


def imported_modules(folder: str, module: ast.Module) -> Iterator[str]:
    for each in ast.walk(module):
        if isinstance(each, ast.ImportFrom) and each.module == folder:
            yield from (name.name for name in each.names)
        elif isinstance(each, ast.ImportFrom) and (each.module or "").startswith(f"{folder}."):
            yield str(each.module).removeprefix(f"{folder}.")


def settings_read(folder: str, start: str) -> set[str]:
    """Follow a handler's module through its folder to the settings it reads."""
    found: set[str] = set()
    modules, seen = [start], set[str]()
    wanted: set[str] = set()
    while modules:
        name = modules.pop()
        module = parse(folder, name)
        if name in seen or name == SHARED or module is None:
            continue
        seen.add(name)
        found.update(read_in(module))
        wanted.update(shared_names(folder, module))
        modules.extend(imported_modules(folder, module))
    shared = parse(folder, SHARED)
    functions = {each.name: each for each in shared.body if isinstance(each, ast.FunctionDef)} if shared else {}
    done: set[str] = set()
    while wanted - done:
        name = (wanted - done).pop()
        done.add(name)
        found.update(read_in(functions[name]))
        wanted.update(
            each.id for each in ast.walk(functions[name]) if isinstance(each, ast.Name) and each.id in functions
        )
    return found


def test_functions_get_exactly_the_settings_they_read(template: Template) -> None:
    given, read = {}, {}
    for function in template.resources("AWS::Lambda::Function"):
        handler = function.properties["Handler"]
        folder, module, _ = handler.split(".")
        given[handler] = set(function.properties["Environment"]["Variables"]) - EVERYBODYS
        read[handler] = settings_read(folder, module)
    assert given == read


def test_the_pricing_worker_gets_exactly_the_settings_it_reads(template: Template) -> None:
    container = template.one("AWS::ECS::TaskDefinition", "Pricing", "Task").properties["ContainerDefinitions"][0]
    given = {each["Name"] for each in container["Environment"]} - EVERYBODYS
    assert given == settings_read("pricing", "worker")


@pytest.mark.parametrize("name", sorted(EVERYBODYS))
def test_every_function_names_itself_in_logs_and_metrics(template: Template, name: str) -> None:
    values = [each.properties["Environment"]["Variables"][name] for each in template.resources("AWS::Lambda::Function")]
    if name == "POWERTOOLS_SERVICE_NAME":
        assert len(set(values)) == len(values)
    else:
        assert set(values) == {"Alexandrite"}


def test_every_handler_is_there_to_be_called(template: Template) -> None:
    for function in template.resources("AWS::Lambda::Function"):
        folder, module, attribute = function.properties["Handler"].split(".")
        source = parse(folder, module)
        assert source is not None, function
        assert attribute in {
            name
            for each in source.body
            for name in (
                [each.name]
                if isinstance(each, ast.FunctionDef)
                else [target.id for target in getattr(each, "targets", []) if isinstance(target, ast.Name)]
            )
        }, function
