"""PostGIS and DuckDB: real servers and engines, read and written, as docs/scale.md shows."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.ledger.entries import build_ledger, list_entries, reconcile
from geoplan.outputs.exports import postgis
from geoplan.outputs.exports.postgis import write_database
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan
from geoplan.sources.database import address_of

from ..scale import conftest as datasets
from ..scale.conftest import WriteDataset, paths_of, spending_rows, whole_ledger

write_dataset = datasets.write_dataset
ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, of an installation that has PostGIS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)
    folders = [path.parent for path in found]
    return next(
        (
            folder
            for folder in folders
            if Path("/usr/share/postgresql", folder.parent.name, "extension/postgis.control").exists()
        ),
        None,
    )


def as_server(*command: str) -> None:
    """Run a program of PostgreSQL, which refuses to be root."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*user, *command], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL with PostGIS of our own on loopback; its address up to the database."""
    found = programs()
    if found is None:
        if "CI" in os.environ:
            pytest.fail("CI has no PostgreSQL with PostGIS")
        pytest.skip("PostgreSQL with PostGIS is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="geoplan-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data = str(folder / "data")
        as_server(
            str(found / "initdb"),
            "-D",
            data,
            "-U",
            "planner",
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C",
        )
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        as_server(str(found / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://planner@127.0.0.1:{port}"
        finally:
            as_server(str(found / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(server: str) -> str:
    """An empty database with PostGIS, and the tables of the home case in it."""
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS province WITH (FORCE)")
        connection.execute("CREATE DATABASE province")
    with psycopg.connect(f"{server}/province", autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
        connection.execute("CREATE SCHEMA plan")
    return f"{server}/province"


def ask(database: str, query: str) -> list[Any]:
    import psycopg

    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type, call-overload, no-any-return]


def load_home_case(database: str) -> None:
    """Put the tables of the home case into a database: districts in UTM, so that their CRS must be read."""
    from sqlalchemy import create_engine

    plan = read_plan(find_bundled_plan())
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    internal = ["source_file", "source_row"]
    districts = plan.districts.drop(columns=internal).to_crs("EPSG:32648")
    districts = districts.rename_geometry("geom").dropna(axis="columns", how="all")
    districts.to_postgis("districts", engine, schema="plan")
    locations = gpd.GeoDataFrame(plan.locations.drop(columns=internal).dropna(axis="columns", how="all"))
    locations.to_postgis("locations", engine, schema="plan")
    spending = plan.spending.drop(columns=[*internal, "rounding"]).dropna(axis="columns", how="all")
    spending = spending.assign(amount=[Decimal(minor).scaleb(-2) for minor in spending["amount_minor"]])
    spending = spending.drop(columns="amount_minor")
    pd.DataFrame(spending).to_sql("spending", engine, schema="plan", index=False)
    engine.dispose()


def test_tables_of_a_database_give_the_ledger_of_the_files(database: str, tmp_path: Path) -> None:
    load_home_case(database)
    tables = ["districts", "locations", "spending"]
    arguments = [text for name in tables for text in (f"--{name}", f"{database}/plan.{name}")]
    output = tmp_path / "ledger.csv"
    done = CliRunner().invoke(app, ["ledger", *arguments, "-o", str(output)])
    assert done.exit_code == 0, done.stderr
    assert "difference 0.00, balanced" in done.stderr
    found = pd.read_csv(output, dtype=str, keep_default_na=False)
    expected = list_entries(build_ledger(read_plan(find_bundled_plan()))).astype(str)
    sums = [
        frame.assign(amount=frame["amount"].map(Decimal)).groupby(["place", "district"])["amount"].sum()
        for frame in (found, expected)
    ]
    # Through UTM and back a coordinate moves by a billionth of a degree, which may move a cent of a line.
    assert (sums[0] - sums[1]).abs().max() <= Decimal("0.05")
    manifest = (tmp_path / "ledger.csv.manifest.json").read_text(encoding="utf-8")
    assert '"table": "plan.spending"' in manifest
    assert "planner@" not in manifest


def test_the_ledger_is_tables_with_keys_and_indices(database: str) -> None:
    ledger = build_ledger(read_plan(find_bundled_plan()))
    runner = CliRunner()
    for _ in range(2):  # the second time it takes the place of the first
        done = runner.invoke(app, ["ledger", "-o", f"{database}/plan.ledger"])
        assert done.exit_code == 0, done.stderr
    assert done.stdout == "plan.ledger\n"
    (row,) = reconcile(ledger)
    assert ask(database, "SELECT sum(amount), count(*) FROM plan.ledger") == [
        (row.placed_total, len(ledger.entries))
    ]
    assert ask(database, "SELECT placed_total, difference FROM plan.ledger_reconciliation") == [
        (row.placed_total, Decimal("0.00"))
    ]
    indices = ask(database, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'plan' ORDER BY 1")
    defined = " ".join(index for (index,) in indices)
    for wanted in ("UNIQUE INDEX ledger_pkey", "(district)", "(project)", "USING gist (geometry)"):
        assert wanted in defined
    keys = ask(database, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'")
    assert keys == [("FOREIGN KEY (district) REFERENCES plan.ledger_districts(district)",)]
    inside = (
        "SELECT count(*) FROM plan.ledger_districts WHERE ST_Contains(geometry, ST_PointOnSurface(geometry))"
    )
    assert ask(database, inside) == [(7,)]


def test_a_table_that_is_not_ours_is_left_alone_and_nothing_is_half_written(database: str) -> None:
    ask_nothing = "SELECT count(*) FROM pg_tables WHERE schemaname = 'plan'"
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE plan.ledger_districts (village text)")
    done = CliRunner().invoke(app, ["ledger", "-o", f"{database}/plan.ledger"])
    assert done.exit_code == 2
    assert "'ledger_districts' exists and was not written by geoplan" in done.stderr
    assert ask(database, ask_nothing) == [(1,)]


def test_what_is_wrong_with_a_database_is_told(database: str) -> None:
    runner = CliRunner()
    others = ["--locations", f"{database}/plan.nothing", "--spending", f"{database}/plan.nothing"]
    done = runner.invoke(app, ["summary", "--districts", f"{database}/plan.nothing", *others])
    assert done.exit_code == 1
    assert "plan.nothing: no such table in the database" in done.stderr
    gone = "postgresql://planner:secret@127.0.0.1:1/province/ledger"
    done = runner.invoke(app, ["ledger", "-o", gone])
    assert done.exit_code == 2
    assert "cannot be used" in done.stderr
    assert "secret" not in done.stderr
    done = runner.invoke(app, ["ledger", "-o", "postgresql://127.0.0.1/province"])
    assert "like postgresql://USER@HOST/DATABASE/TABLE" in done.stderr
    assert "check the server's name and port" in runner.invoke(app, ["ledger", "-o", gone]).stderr


def toy_arguments(folder: Path) -> list[str]:
    return [text for name, path in paths_of(folder).items() for text in (f"--{name}", str(path))]


def test_what_a_database_refuses_is_told_before_the_work_begins(
    database: str, write_dataset: WriteDataset
) -> None:
    folder = write_dataset()
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
    refusals = {
        f"{database}/nowhere.ledger": 'schema "nowhere" does not exist',
        f"{database}/plan.ledger".replace("planner@", "guest@"): "permission denied for schema plan",
        "postgresql://planner@127.0.0.1:1/province/ledger": "refused",
    }
    for target, reason in refusals.items():
        for arguments in ([], [*toy_arguments(folder), "--work", str(folder / "work")]):
            done = CliRunner().invoke(app, ["ledger", *arguments, "-o", target])
            assert done.exit_code == 2
            assert reason in done.stderr
            assert "reading" not in done.stderr
    load_home_case(database)
    guests = database.replace("planner@", "guest@")
    tables = ("districts", "locations", "spending")
    read = [text for name in tables for text in (f"--{name}", f"{guests}/plan.{name}")]
    done = CliRunner().invoke(app, ["summary", *read])
    assert done.exit_code == 2
    assert "permission denied for schema plan" in done.stderr


def test_a_refresh_keeps_rights_views_and_indices_and_readers_see_whole_ledgers(database: str) -> None:
    import psycopg

    plan = read_plan(find_bundled_plan())
    ledger = build_ledger(plan)
    address = address_of(Path(f"{database}/plan.ledger"))
    assert address is not None
    write_database(plan, ledger, address)
    count = len(ledger.entries)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT USAGE ON SCHEMA plan TO reader")
        connection.execute("GRANT SELECT ON plan.ledger TO reader")
        connection.execute("CREATE VIEW plan.sums AS SELECT sum(amount) AS total FROM plan.ledger")
        connection.execute("CREATE INDEX mine ON plan.ledger (kind)")
    stop = threading.Event()
    seen: set[Any] = set()

    def read() -> None:
        with psycopg.connect(database.replace("planner@", "reader@"), autocommit=True) as connection:
            while not stop.is_set():
                seen.update(connection.execute("SELECT count(*), sum(amount) FROM plan.ledger").fetchall())

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(8):
        write_database(plan, ledger, address)
    stop.set()
    for reader in readers:
        reader.join()
    assert seen == {(count, 8_200_000)}
    assert ask(database, "SELECT total FROM plan.sums") == [(8_200_000,)]
    assert ask(database, "SELECT count(*) FROM pg_indexes WHERE indexname = 'mine'") == [(1,)]


def test_who_holds_a_table_is_named_and_readers_hold_nothing_up(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setattr(postgis, "_SECONDS_FOR_A_LOCK", 1)
    write = ["ledger", "-o", f"{database}/plan.ledger"]
    assert CliRunner().invoke(app, write).exit_code == 0
    with psycopg.connect(database, application_name="editor") as idle:
        idle.execute("SELECT count(*) FROM plan.ledger")  # and the transaction stays open
        assert CliRunner().invoke(app, write).exit_code == 0
        idle.execute("UPDATE plan.ledger SET funder = 'x'")
        done = CliRunner().invoke(app, write)
        assert done.exit_code == 2
        assert re.search(
            r"'plan.ledger' is held by planner \(editor, process \d+, idle in transaction\)", done.stderr
        )
        assert "password" not in done.stderr
        idle.rollback()
    assert ask(database, "SELECT count(*) FROM plan.ledger WHERE funder = 'x'") == [(0,)]


def test_a_deadlock_is_tried_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from psycopg.errors import DeadlockDetected

    lock, tries = postgis._lock, []

    def deadlocked(*given: Any) -> None:
        tries.append(given)
        if len(tries) < 3:
            raise DeadlockDetected("deadlock detected")
        lock(*given)

    monkeypatch.setattr(postgis, "_lock", deadlocked)
    assert CliRunner().invoke(app, ["ledger", "-o", f"{database}/plan.ledger"]).exit_code == 0
    assert ask(database, "SELECT sum(amount) FROM plan.ledger") == [(8_200_000,)]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://u:secret@h:port/d/t", "the port as a number"),
        ("postgresql://u:secret@h:99999/d/t", "the port as a number"),
        ("postgres://u:secret@h/d", "needs a server, a database and a table"),
        ("postgresql://u:secret@h/d/t%2", "% starts a code"),
        ("POSTGRESQL://u:secret@h:0/d/t%zz/more", "needs a server.*port as a number.*% starts a code"),
    ],
)
@pytest.mark.parametrize("command", ["layers", "ledger", "check"])
def test_an_address_that_is_wrong_is_one_error_without_its_password(
    command: str, address: str, words: str
) -> None:
    given = {"layers": [address], "ledger": ["-v", "-o", address], "check": ["--districts", address]}
    more = ["--locations", "l.csv", "--spending", "s.csv"] if command == "check" else []
    done = CliRunner().invoke(app, [command, *given[command], *more])
    assert done.exit_code == 2, done.stderr
    assert command == "layers" or re.search(words, done.stderr)  # which lists files
    assert "secret" not in done.output


def test_an_address_has_codes_for_what_it_cannot_have() -> None:
    found = address_of(Path("postgres://planner@db:5433/my%20province/plan.sp%25ending"))
    assert found is not None
    assert (found.database, found.schema, found.table) == ("my province", "plan", "sp%ending")
    assert found.url == "postgresql://planner@db:5433/my%20province"


def test_a_run_that_is_killed_between_old_and_new_rows_leaves_the_old_ledger(
    database: str, write_dataset: WriteDataset
) -> None:
    """A lock on one old row stops the run when it has deleted the amounts and inserted none."""
    import psycopg

    runner = CliRunner()
    assert runner.invoke(app, ["ledger", "-o", f"{database}/plan.ledger"]).exit_code == 0
    folder = write_dataset(1)
    work = ["--work", str(folder / "work"), "-o", f"{database}/plan.ledger"]
    arguments = ["ledger", *toy_arguments(folder), *work]
    waiting = "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(database) as editor:
        editor.execute("SELECT * FROM plan.ledger_districts LIMIT 1 FOR UPDATE")
        with subprocess.Popen(
            [sys.executable, "-m", "geoplan", *arguments], stderr=subprocess.DEVNULL
        ) as running:
            while not (found := ask(database, waiting)):
                assert running.poll() is None, "it was done before it could be killed"
                time.sleep(0.02)
            running.kill()
        assert "DELETE" in found[0][0]
    count = "SELECT count(*), sum(amount) FROM plan.ledger"
    assert ask(database, count) == [(len(build_ledger(read_plan(find_bundled_plan())).entries), 8_200_000)]
    done = runner.invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    given = "SELECT sum(input_total) FROM plan.ledger_reconciliation"
    assert ask(database, count)[0][1] == ask(database, given)[0][0]


def test_amounts_of_a_database_beside_a_dataset_of_locations(
    database: str, write_dataset: WriteDataset
) -> None:
    from sqlalchemy import create_engine

    folder = write_dataset()
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    spending_rows().to_sql("spending", engine, schema="plan", index=False)
    engine.dispose()
    arguments = ["--districts", str(folder / "districts.csv"), "--locations", str(folder / "locations")]
    output = folder / "streamed.csv"
    arguments += ["--spending", f"{database}/plan.spending", "--batch", "250", "-o", str(output)]
    done = CliRunner().invoke(app, ["ledger", *arguments])
    assert done.exit_code == 0, done.stderr
    assert output.read_bytes() == whole_ledger(folder)


def test_the_questions_in_the_docs_are_answered_by_duckdb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "CI" not in os.environ:
        pytest.importorskip("duckdb")
    import duckdb

    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["ledger", "-o", "ledger.parquet"]).exit_code == 0
    questions = re.findall(r"```sql\n(.*?)```", DOCS, re.DOTALL)
    answers = re.findall(r"```sql\n.*?```\n\n```text\n(.*?)```", DOCS, re.DOTALL)
    assert len(questions) == len(answers) == 3
    for question, answer in zip(questions, answers, strict=True):
        rows = duckdb.sql(question).fetchall()
        assert "".join("  ".join(str(cell) for cell in row) + "\n" for row in rows) == answer
