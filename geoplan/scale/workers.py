"""Workers: run the steps of a job in this process, or with Dask on several cores and machines."""

from __future__ import annotations

import ctypes
import logging
import pickle
import socket
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from geoplan.model.errors import UsageError
from geoplan.model.optional_libraries import missing_extra
from geoplan.model.version import installed_version
from geoplan.scale.shuffle import Job

Result = TypeVar("Result")
Step = Callable[..., Any]
_RETRIES = 3

# By default, Dask makes its workers return the memory of every large array to the system at once. Requesting it again
# takes longer than much of the work. One thread each, as in Dask: there are as many workers as cores.
_ENVIRONMENT = {
    "MALLOC_TRIM_THRESHOLD_": str(1 << 26),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


# Ctrl-C reaches every process of a terminal. Workers ignore it: the main process ends them and reports it once.
_IGNORE_CTRL_C = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"


class InProcess:
    """Runs one step after the other, in this process."""

    def run(self, step: Step, job: Job, tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Run a step for each task and yield the results."""
        for task in tasks:
            yield _do_one(step, job, *task)


class DaskWorkers:
    """Runs steps on the workers of a Dask cluster; results come in the order in which they finish.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, step: Step, job: Job, tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Run a step for each task; if a worker is lost, another one repeats its step.

        Raises
        ------
        UsageError
            A step was lost with its worker several times.
        """
        import distributed
        from distributed.comm.core import CommClosedError

        finished: Any = distributed.as_completed

        name = f"job-{uuid.uuid4().hex}.pickle"
        path = job.workspace.write(name, lambda path: _pickle(job, path))
        submit = self.client.submit
        futures = [submit(_do, step, str(path), *task, pure=False, retries=_RETRIES) for task in tasks]
        try:
            for done in finished(futures):
                yield done.result()
                done.release()
        except (CancelledError, CommClosedError) as error:
            raise UsageError(
                f"the connection to the Dask scheduler was lost ({str(error).splitlines()[0]}): start it again, "
                "and run the command again"
            ) from None
        except distributed.KilledWorker as error:
            raise UsageError(
                f"a step was lost with its worker several times ({str(error).split('.')[0]}): give each worker "
                "more memory, or read fewer rows at a time, and run the command again"
            ) from None
        finally:
            if self.client.status == "running":
                self.client.cancel(futures, force=True)
            path.unlink(missing_ok=True)


def _pickle(job: Job, path: Path) -> None:
    with path.open("wb") as stream:
        for part in (installed_version(), job):
            pickle.dump(part, stream, protocol=pickle.HIGHEST_PROTOCOL)


def _do(step: Step, job: str, *task: Any) -> Any:
    return _do_one(step, _job_at(job), *task)


def _do_one(step: Step, job: Job, *task: Any) -> Any:
    """Run a step and release its memory; otherwise, fragmented memory adds up from step to step."""
    import pyarrow as pa

    done = step(job, *task)
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
    return done


@lru_cache(maxsize=1)
def _job_at(path: str) -> Job:
    # Each worker reads the job from the workspace once. In the memory of the cluster, it would be lost
    # with the workers that have it.
    with Path(path).open("rb") as stream:
        version = pickle.load(stream)
        if version != installed_version():
            raise UsageError(
                f"worker {socket.gethostname()} has geoplan {installed_version()}, this run is of {version}: "
                "install the same on every machine"
            )
        job: Job = pickle.load(stream)
    return job


@contextmanager
def open_workers(scheduler: str | None, count: int | None = None) -> Iterator[InProcess | DaskWorkers]:
    """Start or connect to workers: this process (None), ``threads``, ``processes``, or the address of a scheduler.

    Parameters
    ----------
    scheduler : str, optional
    count : int, optional
        Number of ``threads`` or ``processes``; by default one for each core.

    Raises
    ------
    UsageError
        Dask is not installed, or no scheduler answers at the address.
    """
    if scheduler is None:
        yield InProcess()
        return
    try:
        import distributed
    except ImportError:
        raise missing_extra("a scheduler needs", "distributed") from None
    if scheduler not in ("threads", "processes") and "://" not in scheduler:
        raise UsageError(
            f"the scheduler must be threads, processes or an address such as tcp://10.0.0.1:8786, not {scheduler}"
        )
    if "://" in scheduler:
        with _connect(distributed, scheduler) as client:
            yield DaskWorkers(client)
        return
    settings: dict[str, Any] = (
        {"processes": False, "n_workers": 1, "threads_per_worker": count}
        if scheduler == "threads"
        else {"processes": True, "n_workers": count, "threads_per_worker": 1, "preload": [_IGNORE_CTRL_C]}
    )
    import dask

    start_cluster: Any = distributed.LocalCluster
    start_client: Any = distributed.Client
    kept: Any = dask.config.set({"distributed.nanny.pre-spawn-environ": _ENVIRONMENT})
    # A callback of Dask that Ctrl-C meets too early fails in tornado, which would print a traceback.
    with (
        kept,
        _quiet("tornado.application"),
        start_cluster(dashboard_address="127.0.0.1:0", silence_logs=logging.ERROR, **settings) as cluster,
        start_client(cluster) as client,
    ):
        yield DaskWorkers(client)


@contextmanager
def _connect(distributed: Any, address: str) -> Iterator[Any]:
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(
            f"there is no Dask scheduler at {address} ({reason}): start one with dask scheduler"
        ) from None
    # The error that ends the run already reports a lost connection.
    with _quiet("distributed.client", "tornado.application"), client:
        yield client


@contextmanager
def _quiet(*loggers: str) -> Iterator[None]:
    """Let loggers say only what is critical."""
    said = [logging.getLogger(name) for name in loggers]
    levels = [each.level for each in said]
    for each in said:
        each.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for each, level in zip(said, levels, strict=True):
            each.setLevel(level)
