"""Faults made to happen where a test wants them: a function stopped at one of its calls to AWS, and killed there."""

import contextlib
import http.client
import os
import signal
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

from tests.e2e.world import World, eventually

type When = Literal["before", "after"]

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass
class Halt:
    """One call that is held up: before it reaches AWS, or after it took effect and before its answer is told."""

    operation: str
    when: When
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class Gate:
    """Stands between one function and AWS, and can hold up a call: `with Gate(world, "RelayFunction") as gate`."""

    def __init__(self, world: World, function: str) -> None:
        self._world = world
        self._function = world.outputs[function]
        self._behind = urllib.parse.urlsplit(world.cloud.endpoint).netloc
        self._halt: Halt | None = None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._door())

    @contextlib.contextmanager
    def killed(self, when: When, operation: str) -> Iterator[None]:
        """Kill the function at its next such call, which what is done inside must lead to."""
        halt = self._halt = Halt(operation, when)
        try:
            yield
            assert halt.reached.wait(60), f"{self._function} never called {operation}"
            assert kill_workers(self._world, self._function), f"{self._function} does not run"
        finally:
            self._halt = None
            halt.released.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._send_calls_to(f"http://127.0.0.1:{self._server.server_address[1]}")
        return self

    def __exit__(self, *_: object) -> None:
        self._send_calls_to(None)
        self._server.shutdown()
        self._server.server_close()

    def _send_calls_to(self, endpoint: str | None) -> None:
        functions = self._world.cloud.client("lambda")
        present = functions.get_function_configuration(FunctionName=self._function)["Environment"]["Variables"]
        variables = {name: value for name, value in present.items() if name != "AWS_ENDPOINT_URL"}
        variables |= {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}
        functions.update_function_configuration(FunctionName=self._function, Environment={"Variables": variables})

    def _held_up(self, when: When, operation: str) -> Halt | None:
        """The halt that this call is meant by; it is meant for one call only."""
        with self._lock:
            halt = self._halt
            if halt is None or halt.reached.is_set() or (halt.when, halt.operation) != (when, operation):
                return None
            halt.reached.set()
            return halt

    def _door(self) -> type[BaseHTTPRequestHandler]:
        gate = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self._waits("before", operation):
                    return
                answer, content = self._forwarded(body)
                if self._waits("after", operation):
                    return
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _waits(self, when: When, operation: str) -> bool:
                halt = gate._held_up(when, operation)
                if halt is None:
                    return False
                halt.released.wait()
                self.close_connection = True
                return True

            def _forwarded(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
                connection = http.client.HTTPConnection(gate._behind, timeout=60)
                with contextlib.closing(connection):
                    connection.request(self.command, self.path, body, dict(self.headers.items()))
                    answer = connection.getresponse()
                    return answer, answer.read()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Door


def processes(world: World, part_of_command: str) -> list[int]:
    """The workers and tasks of this cloud, and of no other one on the machine, whose command has this part."""
    group = world.cloud.emulator.running()
    listed = subprocess.run(["ps", "-Aww", "-o", "pid=,pgid=,command="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    members = {int(number): command for number, leader, command in rows if int(leader) == group != int(number)}
    return [number for number, command in members.items() if part_of_command in command]


def kill(numbers: list[int]) -> int:
    """SIGKILL them; return how many were there to be killed."""
    killed = 0
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
            killed += 1
    return killed


def kill_workers(world: World, function: str) -> int:
    """SIGKILL every process that runs the function, whatever it is at."""
    return kill(processes(world, f"-{function}-"))


@contextlib.contextmanager
def impatient(world: World, queue: str, *, seconds: int) -> Iterator[None]:
    """Let a queue deliver again after `seconds` what was not deleted: nobody waits for minutes in a test."""
    sqs, url = world.cloud.client("sqs"), world.outputs[queue]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def at_rest(world: World, order_id: str, *, seconds: float = 60) -> None:
    """Wait until the order's machine sleeps on its present version."""
    eventually(lambda: world.is_at_rest(order_id), seconds=seconds)
