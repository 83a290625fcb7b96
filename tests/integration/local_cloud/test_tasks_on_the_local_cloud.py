"""Fargate tasks as processes."""

import os
import signal
import subprocess
import time

import pytest


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


def processes(marker):
    listed = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if marker in line]


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
    ecs.update_service(cluster="small", service="worker", desiredCount=1)
    eventually(lambda: len(running(small)) == 1)
    eventually(lambda: said(small).count("asked to stop") >= 2)


def test_a_killed_task_is_replaced(small, eventually):
    (before,) = eventually(lambda: running(small))
    killed = eventually(lambda: children_of(small.cloud, "task.py"))[0]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: [task for task in running(small) if task != before])


def children_of(cloud, marker):
    """Processes of the cloud's group whose command holds the marker."""
    group = cloud.emulator.running()
    return [number for number in processes(marker) if os.getpgid(number) == group]


def test_the_emulator_alone_runs_no_process(unadapted, eventually):
    eventually(lambda: running(unadapted))
    assert not children_of(unadapted.cloud, "task.py")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_emulator(how, again, deploy, eventually):
    with again() as cloud:
        system = deploy(cloud)
        eventually(lambda: running(system))
        assert system.cloud.client("lambda").invoke(FunctionName=system.outputs["Measurer"], Payload=b'{"desk": "a", "signed": 1}')
        group = cloud.emulator.running()
        members = [number for number in processes("") if is_member(number, group)]
        assert len(members) >= 3  # the emulator, a worker, a task
        os.kill(group, how)
        eventually(lambda: not [number for number in members if is_member(number, group)])


def is_member(number, group):
    try:
        return os.getpgid(number) == group
    except ProcessLookupError:
        return False


def test_the_emulator_ends_with_the_process_that_holds_it(again):
    cloud = again()
    cloud.start()
    number = cloud.emulator.running()
    cloud._leash.close()
    deadline = time.monotonic() + 10
    while is_member(number, number) and time.monotonic() < deadline:
        time.sleep(0.05)
    cloud._leash = None
    assert cloud.emulator.running() is None
