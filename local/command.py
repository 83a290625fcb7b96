"""The `alexandrite` command line: the whole system on this machine, and orders through it."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from local import logs, redrive
from local.cloud import LocalCloud
from local.deployment import DeploymentError
from local.doctor import examine
from local.journey import FINISH, MATERIAL, JourneyError, Travellers, preferred, travel
from local.launch import description_file, launch
from local.partners import PartnersError
from local.processes import ROOT, DidNotStartError
from local.ring import write_stl
from local.sign_in import SignInError

UNITS = ["um", "mm", "cm", "m", "in", "ft"]

DEFAULT_DIRECTORY = ROOT / "build" / "local"

console = Console(highlight=False, soft_wrap=True)


@contextmanager
def _step(title: str) -> Iterator[None]:
    """One line that moves while something happens, and says how long it took."""
    if not console.is_terminal:
        console.print(f"  {title}")
        yield
        return
    with Live(Spinner("dots", text=title), console=console, transient=True):
        yield
    console.print(f"  [green]✓[/] {title}")


def _ports(directory: Path) -> tuple[int, int]:
    """The ports a cloud in this directory was last started with."""
    kept = directory / "ports.json"
    gateway, origin = json.loads(kept.read_text()) if kept.exists() else (4566, 8080)
    return gateway, origin


def _cloud(directory: Path, gateway_port: int | None = None, origin_port: int | None = None) -> LocalCloud:
    gateway, origin = _ports(directory)
    return LocalCloud(directory, gateway_port=gateway_port or gateway, origin_port=origin_port or origin)


def _bring_up(cloud: LocalCloud, *, attached: bool) -> None:
    if cloud.ended_uncleanly():
        console.print(
            "[yellow]The last run here ended without being stopped.[/] Orders, events and executions since its last "
            "clean stop are lost; uploaded files are still there. Start with [bold]--fresh[/] to begin from nothing."
        )
    cloud.directory.mkdir(parents=True, exist_ok=True)
    (cloud.directory / "ports.json").write_text(json.dumps([cloud.gateway_port, cloud.origin_port]))
    try:
        launch(cloud, attached=attached, step=_step)
    except (DidNotStartError, DeploymentError, SignInError, PartnersError) as error:
        cloud.stop()
        raise click.ClickException(str(error)) from error
    console.print(f"\n  Alexandrite is at [bold]{cloud.base_url}[/], its API described at {cloud.base_url}/docs")
    console.print(f"  tokens and keys to try it with are in {description_file(cloud)}\n")


def _wait_for_the_end() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    console.print("  Ctrl-C stops it.")
    ended.wait()


directory_option = click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_DIRECTORY,
    show_default="build/local",
    help="Where the cloud keeps its state.",
)


def ports(command: Callable[..., None]) -> Callable[..., None]:
    """The options that choose ports; kept with the directory for the commands that follow."""
    gateway = click.option("--gateway-port", type=int, help="Port of the AWS emulator (4566).")
    origin = click.option("--port", "origin_port", type=int, help="Port of the one address of everything (8080).")
    return gateway(origin(command))


def _code(_: click.Context, __: click.Parameter, typed: str | None) -> str | None:
    """Codes are written with underscores; hyphens are easier to type."""
    return typed.replace("-", "_") if typed is not None else None


def making(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what a model is made of."""
    material = click.option(
        "--material", default=MATERIAL, callback=_code, show_default=True, help="Code of a material, as silver-925."
    )
    finish = click.option(
        "--finish", callback=_code, help=f"Code of a finish that the material takes; {FINISH}, if it does."
    )
    unit = click.option("--unit", type=click.Choice(UNITS), help="Unit of length of the files.")
    return material(finish(unit(command)))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def alexandrite() -> None:
    """From a customer's 3D model to delivered jewellery, on this machine."""


@alexandrite.command()
@click.option("--detach", is_flag=True, help="Return once it answers; `alexandrite down` stops it.")
@click.option("--fresh", is_flag=True, help="Forget everything kept in the directory first.")
@ports
@directory_option
def up(directory: Path, *, detach: bool, fresh: bool, gateway_port: int | None, origin_port: int | None) -> None:
    """Deploy the template to this machine and serve it."""
    cloud = _cloud(directory, gateway_port, origin_port)
    if number := cloud.emulator.running():
        raise click.ClickException(f"it is running already (process {number}): alexandrite down stops it")
    if fresh:
        cloud.forget()
    _bring_up(cloud, attached=not detach)
    if not detach:
        _wait_for_the_end()
        _stop(cloud)


@alexandrite.command()
@directory_option
def down(directory: Path) -> None:
    """Stop it; what it holds is there again after the next `up`."""
    cloud = _cloud(directory)
    if cloud.emulator.running() is None and cloud.origin.running() is None:
        console.print("  it is not running")
        return
    _stop(cloud)


def _stop(cloud: LocalCloud) -> None:
    with _step("Stop, and write what is kept"):
        clean = cloud.stop()
    if not clean:
        raise click.ClickException("it had to be killed: everything since its last clean stop is lost")


@alexandrite.command()
@directory_option
def status(directory: Path) -> None:
    """Say what runs, where, and how it ended last time."""
    cloud = _cloud(directory)
    table = Table(box=None, show_header=False, padding=(0, 2))
    for service, address in ((cloud.emulator, cloud.endpoint), (cloud.origin, cloud.base_url)):
        number = service.running()
        state = f"process {number}, {address}" if number else "not running"
        table.add_row(f"[bold]{service.name}[/]", state)
    console.print(table)
    if cloud.ended_uncleanly():
        console.print("  The last run ended uncleanly: what it did since its last clean stop is lost.")
    if cloud.emulator.running() is None:
        sys.exit(3)


@alexandrite.command()
@directory_option
def doctor(directory: Path) -> None:
    """Look at what this machine needs, and say what is missing."""
    ill = False
    for finding in examine(_cloud(directory)):
        ill |= not finding.well
        mark = "[green]✓[/]" if finding.well else "[red]✗[/]"
        console.print(f"  {mark} {finding.subject}: {finding.found}" + ("" if finding.well else f" — {finding.advice}"))
    sys.exit(1 if ill else 0)


@alexandrite.command("logs")
@click.argument("name", required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on as lines come.")
@directory_option
def show_logs(directory: Path, name: str | None, *, follow: bool) -> None:
    """Show logs: NAME is `emulator`, `origin`, or part of a function's or task's name; all functions without one."""
    cloud = _cloud(directory)
    try:
        for line in logs.lines(cloud, name, follow=follow):
            click.echo(line)
    except logs.NothingToShowError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        return


@alexandrite.command("redrive")
@click.argument("queue")
@click.option("--dry-run", is_flag=True, help="Only show what is there.")
@directory_option
def redrive_dead_letters(directory: Path, queue: str, *, dry_run: bool) -> None:
    """Send the dead letters of QUEUE (board, crm, orchestrate or pricing) back, after the fault was removed."""
    cloud = _cloud(directory)
    if cloud.emulator.running() is None:
        raise click.ClickException("nothing is running: alexandrite up starts it")
    addresses = redrive.queues(cloud.deployment.outputs())
    if queue not in addresses:
        raise click.ClickException(f"there is no queue {queue}, but {', '.join(sorted(addresses))}")
    sqs = cloud.client("sqs")
    letters = redrive.look(sqs, addresses[queue])
    for letter in letters.first:
        age = timedelta(seconds=round(letter.age.total_seconds()))
        console.print(f"  {letter.about}: received {letter.receives} times, {age} old")
    if letters.count > len(letters.first):
        console.print(f"  and {letters.count - len(letters.first)} more")
    if not letters.count:
        console.print(f"  the queue {queue} has no dead letters")
    elif dry_run:
        console.print(f"  {letters.count} would go back to {queue}")
    else:
        redrive.redrive(sqs, letters)
        console.print(f"  {letters.count} went back to {queue}")


@alexandrite.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@making
@directory_option
def order(directory: Path, files: tuple[Path, ...], material: str, finish: str | None, unit: str | None) -> None:
    """Order the models in FILES and follow the order until it is closed."""
    _travel(_cloud(directory), files, material=material, finish=finish, unit=unit)


def _travel(cloud: LocalCloud, files: tuple[Path, ...], **making: Any) -> None:
    if cloud.origin.running() is None or not description_file(cloud).exists():
        raise click.ClickException("nothing is running: alexandrite up starts it")
    try:
        travel(Travellers.described(cloud), files, console.print, **making)
    except (JourneyError, SignInError) as error:
        raise click.ClickException(str(error)) from error


@alexandrite.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@making
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def price(files: tuple[Path, ...], material: str, finish: str | None, unit: str | None, *, as_json: bool) -> None:
    """Price the models in FILES at once, without any cloud."""
    sys.path[:0] = [str(ROOT / part) for part in ("layers", "functions")]
    # The geometry engine and its arrays are for this command only.
    from alexandrite.domain.errors import Refusal  # noqa: PLC0415
    from alexandrite.domain.price_lists import FIRST_PRICE_LIST  # noqa: PLC0415
    from pricing.command import price_files  # noqa: PLC0415

    try:
        finish = finish or preferred(FIRST_PRICE_LIST.material(material).finishes)
        sys.exit(price_files(files, material=material, finish=finish, unit=unit, as_json=as_json))
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal


@alexandrite.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--once", is_flag=True, help="Stop after the demonstration.")
@ports
@directory_option
def run(directory: Path, file: Path | None, *, once: bool, gateway_port: int | None, origin_port: int | None) -> None:
    """Bring everything up, take one order from INITIATED to CLOSED, and go on serving."""
    cloud = _cloud(directory, gateway_port, origin_port)
    if cloud.emulator.running():
        console.print("  It is running already; this order goes there.")
        _travel(cloud, (file or _ring(),))
        return
    _bring_up(cloud, attached=True)
    try:
        _travel(cloud, (file or _ring(),))
        if not once:
            _wait_for_the_end()
    finally:
        _stop(cloud)


def _ring() -> Path:
    return write_stl(ROOT / "build" / "signet-ring.stl")
