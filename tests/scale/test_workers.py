"""Dask: real schedulers and workers, some of which die; the bytes stay the same."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from geoplan.model.errors import UsageError
from geoplan.outputs.exports.streamed import write_streamed
from geoplan.scale import stream_plan, workers
from geoplan.scale.workers import open_workers

from .conftest import WriteDataset, plan_of, whole_ledger

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None and "CI" not in os.environ,
    reason="Dask (the extra distributed) is not installed",
)
ROOT = Path(__file__).resolve().parents[2]


def start(*command: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", "distributed.cli." + command[0], *command[1:]],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def start_worker(address: str, *more: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    return start(
        "dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard", *more, prefix=prefix
    )


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()


def wait_for(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, timeout=30) as client:
        client.wait_for_workers(count, timeout=60)


def ledger_on(address: str, folder: Path, **settings: object) -> bytes:
    """The ledger that a cluster streams, as CSV."""
    plan = plan_of(folder)
    with stream_plan(plan, folder, scheduler=address, **settings) as result:  # type: ignore[arg-type]
        write_streamed(plan, result, folder / "streamed.csv")
    return (folder / "streamed.csv").read_bytes()


def start_scheduler(folder: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """A scheduler on loopback, and its address."""
    about = folder / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(about)]
    process = start("dask_scheduler", *options)
    deadline = time.monotonic() + 60
    while not about.exists() or not about.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, "the scheduler did not start"
        time.sleep(0.1)
    return json.loads(about.read_text(encoding="utf-8"))["address"], process


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers as processes of their own on loopback."""
    address, scheduler = start_scheduler(tmp_path)
    processes = [scheduler]
    try:
        processes += [start_worker(address), start_worker(address)]
        wait_for(address, 2)
        yield address, processes
    finally:
        stop(processes)


@pytest.mark.skipif(os.name == "nt", reason="processes are killed by signals of POSIX")
def test_a_worker_that_is_killed_is_survived(
    write_dataset: WriteDataset, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    folder = write_dataset(6)
    address, (_, _, second) = cluster
    killed = []

    def kill_one(step: str, done: int, count: int, rows: int) -> None:
        if step == "reading" and not killed:
            second.send_signal(signal.SIGKILL)
            killed.append(second.wait())

    streamed = ledger_on(address, folder, rows=120, progress=kill_one)
    assert killed == [-signal.SIGKILL]
    assert streamed == whole_ledger(folder)


def test_a_scheduler_that_is_killed_is_told(
    write_dataset: WriteDataset, cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    folder = write_dataset(6)
    address, (scheduler, *_) = cluster
    plan = plan_of(folder)

    def kill(step: str, done: int, count: int, rows: int) -> None:
        if step == "reading" and done == 3:
            scheduler.kill()

    with (
        pytest.raises(UsageError, match="connection to the Dask scheduler was lost") as caught,
        stream_plan(plan, folder, rows=120, scheduler=address, progress=kill),
    ):
        pytest.fail("there is no ledger")
    assert "run the command again" in str(caught.value)
    assert not list(folder.glob(".geoplan~*"))


def test_clocks_that_differ_by_months_change_nothing(write_dataset: WriteDataset, tmp_path: Path) -> None:
    folder = write_dataset(6)
    address, scheduler = start_scheduler(tmp_path)
    processes = [scheduler]
    try:
        for days in (-400, 60):
            clock = tmp_path / f"clock{days}"
            clock.mkdir()
            text = f"import time\n_now = time.time\ntime.time = lambda: _now() + {days * 86_400}\n"
            (clock / "sitecustomize.py").write_text(text, encoding="utf-8")
            path = os.pathsep.join([str(clock), str(ROOT)])
            processes.append(start_worker(address, prefix=("env", f"PYTHONPATH={path}")))
        wait_for(address, 2)
        from distributed import Client

        with Client(address) as client:
            clocks = sorted(client.run(time.time).values())
        assert clocks[1] - clocks[0] > 400 * 86_400
        streamed = ledger_on(address, folder, rows=120)
    finally:
        stop(processes)
    assert streamed == whole_ledger(folder)


def test_a_worker_that_does_not_see_the_work_is_told(write_dataset: WriteDataset, tmp_path: Path) -> None:
    """It has a disk of its own under the same path, as a machine without the shared one has."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)],
            capture_output=True,
            check=False,
        ).returncode
    ):
        pytest.skip("only root may give a process a disk of its own here")
    folder = write_dataset()
    address, scheduler = start_scheduler(tmp_path)
    processes = [scheduler]
    try:
        own_disk = f'mount -t tmpfs tmpfs "{folder}" && exec "$@"'
        processes.append(start_worker(address, prefix=("unshare", "-m", "sh", "-c", own_disk, "sh")))
        wait_for(address, 1)
        with (
            pytest.raises(UsageError, match="all machines must see the work folder"),
        ):
            ledger_on(address, folder, rows=250)
    finally:
        stop(processes)


def test_a_worker_of_another_version_is_told(tmp_path: Path) -> None:
    job = tmp_path / "job.pickle"
    job.write_bytes(pickle.dumps("0.0.1") + pickle.dumps("a job of another form"))
    with pytest.raises(UsageError, match=r"this run is of 0\.0\.1: install the same on every machine"):
        workers._do(len, str(job))


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_cores_of_this_machine_give_the_same_bytes(write_dataset: WriteDataset, scheduler: str) -> None:
    folder = write_dataset()
    assert ledger_on(scheduler, folder, rows=250, workers=2) == whole_ledger(folder)


def test_an_index_that_was_sent_finds_what_the_first_one_finds() -> None:
    import numpy as np
    import shapely

    from geoplan.geo.district_index import DistrictIndex

    index = DistrictIndex([shapely.box(0, 0, 1, 1), shapely.Point(2, 0).buffer(1)])
    assert index.cells is not None
    sent = pickle.loads(pickle.dumps(index))
    x, y = np.random.default_rng(1).uniform(-1, 3, (2, 50_000))
    assert (sent.locate(x, y)[0] == index.locate(x, y)[0]).all()


def test_a_scheduler_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match="threads, processes or an address"), open_workers("fibers"):
        pass


def namespaces_work() -> bool:
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    made = subprocess.run(["ip", "netns", "add", "geoplan-try"], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", "geoplan-try"], capture_output=True, check=False)
    return made.returncode == 0


@pytest.fixture
def hosts() -> Iterator[list[tuple[str, ...]]]:
    """Two network namespaces on one bridge: machines of their own, as far as the network can tell."""
    if not namespaces_work():
        pytest.skip("network namespaces need root and iproute2")

    def ip(*arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, capture_output=True)

    tag = os.getpid() % 10_000
    net = f"10.{200 + tag % 50}.{tag % 250}"
    names = [f"geoplan{tag}-{number}" for number in (1, 2)]
    bridge = f"gpb{tag}"
    try:
        ip("link", "add", bridge, "type", "bridge")
        ip("addr", "add", f"{net}.254/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        for number, name in enumerate(names, start=1):
            ip("netns", "add", name)
            ip("link", "add", f"gpv{tag}-{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"gpv{tag}-{number}", "master", bridge, "up")
            ip("-n", name, "addr", "add", f"{net}.{number}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield [(f"{net}.254",), *[("ip", "netns", "exec", name) for name in names]]
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this kernel makes no bridge of namespaces: {error.stderr.decode().strip()}")
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", bridge], capture_output=True, check=False)


def test_workers_on_hosts_of_their_own_give_the_same_bytes(
    write_dataset: WriteDataset, hosts: list[tuple[str, ...]]
) -> None:
    folder = write_dataset()
    (host,), *prefixes = hosts
    port = 20_000 + os.getpid() % 20_000
    address = f"tcp://{host}:{port}"
    processes = [start("dask_scheduler", "--host", host, "--port", str(port), "--no-dashboard")]
    try:
        processes += [start_worker(address, prefix=prefix) for prefix in prefixes]
        wait_for(address, 2)
        streamed = ledger_on(address, folder, rows=250)
    finally:
        stop(processes)
    assert streamed == whole_ledger(folder)


def test_a_callback_that_fails_when_a_run_is_interrupted_prints_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    called = []

    def fail() -> None:
        called.append(1)
        raise NameError("as of Dask, when Ctrl-C comes before its future")

    with open_workers("threads", 1) as pool:
        assert isinstance(pool, workers.DaskWorkers)
        pool.client.loop.add_callback(fail)
        while not called:
            time.sleep(0.005)
        pool.client.sync(pool.client.scheduler.identity)  # what comes after it on the loop is done
    assert [record.name for record in caplog.records if record.name == "tornado.application"] == []
