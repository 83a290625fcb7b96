"""Fargate tasks as processes."""

import os
import signal
import subprocess
import sys

import pytest

from local import lifetime
from local.processes import ROOT


def tasks(system, status="RUNNING"):
    return system.cloud.client("ecs").list_tasks(cluster="small", serviceName="worker", desiredStatus=status)[
        "taskArns"
    ]


def running(system):
    found = tasks(system)
    if not found:
        return []
    described = system.cloud.client("ecs").describe_tasks(cluster="small", tasks=found)["tasks"]
    return [task["taskArn"] for task in described if task["lastStatus"] == "RUNNING"]


def members(group, marker=""):
    """Live processes of a group whose command holds the marker, its leader excepted."""
    table = ["ps", "-ww", "-axo", "pid=,pgid=,stat=,command="]
    listed = subprocess.run(table, capture_output=True, text=True, check=True).stdout
    found = [line.split(None, 3) for line in listed.splitlines()]
    return [
        int(pid)
        for pid, pgid, state, command in found
        if int(pgid) == group != int(pid) and not state.startswith("Z") and marker in command
    ]


def said(system):
    logs = system.cloud.client("logs").filter_log_events(logGroupName="/small/worker")["events"]
    return [event["message"] for event in logs]


def test_a_service_runs_its_task_as_a_process_that_finds_the_cloud(small, eventually):
    eventually(lambda: len(running(small)) == 1)
    eventually(lambda: f"working in back at {small.cloud.endpoint}" in said(small))


def test_a_service_scales_out_and_in_and_asks_tasks_to_stop(small, eventually):
    ecs = small.cloud.client("ecs")
    ecs.update_service(cluster="small", service="worker", desiredCount=3)
    eventually(lambda: len(running(small)) == 3)
    eventually(lambda: len([line for line in said(small) if line.startswith("working")]) >= 3)
    ecs.update_service(cluster="small", service="worker", desiredCount=1)
    eventually(lambda: len(running(small)) == 1)
    eventually(lambda: said(small).count("asked to stop") >= 2)


def test_a_killed_task_is_replaced(small, eventually):
    (before,) = eventually(lambda: running(small))
    (process,) = eventually(lambda: members(small.cloud.emulator.running(), "task.py"))
    os.kill(process, signal.SIGKILL)
    eventually(lambda: [task for task in running(small) if task != before])


def test_the_emulator_alone_runs_no_process(unadapted, eventually):
    eventually(lambda: running(unadapted))
    assert not members(unadapted.cloud.emulator.running(), "task.py")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_emulator(how, again, deploy, eventually):
    with again() as cloud:
        system = deploy(cloud)
        eventually(lambda: running(system))
        cloud.client("lambda").invoke(FunctionName=system.outputs["Measurer"], Payload=b'{"desk": "a", "signed": 1}')
        group = cloud.emulator.running()
        assert len(members(group)) >= 2  # a worker and a task
        os.kill(group, how)
        eventually(lambda: cloud.emulator.running() is None and not members(group))


def test_a_killed_emulator_is_known_for_an_unclean_end(again, eventually):
    with again() as cloud:
        os.kill(cloud.emulator.running(), signal.SIGKILL)
        eventually(cloud.ended_uncleanly)
    with again() as cloud:
        assert not cloud.ended_uncleanly()
    assert not cloud.ended_uncleanly()


def test_the_emulator_ends_with_the_process_that_holds_it(tmp_path, eventually):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    group = int(holder.stdout.readline())
    holder.kill()
    holder.communicate()
    eventually(lambda: lifetime.ending(tmp_path / "emulator")[0] is lifetime.Ending.CLEAN)
    eventually(lambda: not members(group))


HOLDER = """
import pathlib, sys, time
from local.cloud import LocalCloud

cloud = LocalCloud(pathlib.Path(sys.argv[1]))
cloud.start()
print(cloud.emulator.running(), flush=True)
time.sleep(60)
"""
