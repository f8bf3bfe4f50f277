"""geoplan as a process of its own, forked from one that has loaded its libraries: a tenth of the time of a new one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from runpy import run_path
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = [
    "geoplan.cli",
    "geoplan.plan.plan_tables",
    "geoplan.ledger.entries",
    "geopandas",
    "pyarrow",
    "pyogrio",
]
"""What most commands need. The server loads it once, for all processes that one test worker starts."""
FORKED = "forked"
SINGLE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Libraries that start no threads, which a fork would lose and whose stacks would take addresses."""


def start(arguments: Sequence[str], folder: str, streams: tuple[str, str], memory: int | None) -> None:
    """Run geoplan in this process, which writes to files and can have so many bytes of addresses."""
    import resource

    for number, path in enumerate(streams, start=1):
        target = os.open(path, os.O_WRONLY)
        os.dup2(target, number)
        os.close(target)
    os.chdir(folder)
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    from geoplan.cli import main

    sys.argv = ["geoplan", *arguments]
    main()


def run_program(
    arguments: Sequence[object], folder: Path, memory: int | None = None, stdout: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run geoplan in a folder; the result has its exit code and what it printed, unless that goes elsewhere.

    On Windows, memory is not limited.
    """
    words = [str(argument) for argument in arguments]
    if not hasattr(os, "fork"):
        command = [sys.executable, "-m", "geoplan", *words]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            cwd=folder,
            env=environment,
        )
    server = get_context("forkserver")
    server.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory() as place:
        kept = [Path(place, name) for name in ("stdout", "stderr")]
        for path in kept:
            path.touch()
        streams = (str(stdout or kept[0]), str(kept[1]))
        # By its path: the folder of the tests need not be where Python looks for modules.
        call = {"CALL": (words, str(folder), streams, memory)}
        process = server.Process(target=run_path, args=(__file__, call, FORKED))
        with mock.patch.dict(os.environ, SINGLE):
            process.start()
        process.join()
        printed = [path.read_text(encoding="utf-8") for path in kept]
        code = process.exitcode
        process.close()
    assert code is not None
    return subprocess.CompletedProcess(words, code, *printed)


if __name__ == FORKED:
    start(*CALL)  # type: ignore[name-defined] # noqa: F821
