"""Streamed plans: the same ledger, byte for byte, whatever the cut; and nothing lost when things break."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.ledger.entries import build_ledger, reconcile
from geoplan.ledger.summary import add_counts, counted_buckets, summarize, summarize_buckets
from geoplan.model.errors import InputError, UsageError
from geoplan.model.money_view import MoneyView
from geoplan.outputs.exports import write_ledger
from geoplan.outputs.exports.streamed import write_streamed
from geoplan.outputs.text_tables import summary_frame, write_csv
from geoplan.plan.plan_tables import Plan, make_plan
from geoplan.scale import runs, stream_plan
from geoplan.scale.pieces import cut_pieces, read_piece
from geoplan.scale.shuffle import scatter_piece
from geoplan.scale.workspace import Workspace

from ..conftest import file_limit, heard
from ..programs import run_program
from .conftest import (
    WriteDataset,
    location_rows,
    paths_of,
    plan_of,
    spending_rows,
    total_of,
    whole_ledger,
)


def streamed_ledger(plan: Plan, folder: Path, name: str = "streamed.csv", **settings: object) -> bytes:
    with stream_plan(plan, folder, **settings) as result:  # type: ignore[arg-type]
        write_streamed(plan, result, folder / name)
    return (folder / name).read_bytes()


@pytest.mark.parametrize(("files", "rows"), [(1, 10_000), (7, 200)])
def test_the_ledger_is_that_of_a_plan_read_whole(write_dataset: WriteDataset, files: int, rows: int) -> None:
    folder = write_dataset(files)
    assert streamed_ledger(plan_of(folder), folder, rows=rows) == whole_ledger(folder)


def test_one_project_larger_than_a_batch_is_in_order_too(write_dataset: WriteDataset) -> None:
    rows = spending_rows()
    rows.loc[rows.index[:600], "project"] = "P005"
    rows.loc[rows.index[:600], "location"] = None
    folder = write_dataset(3, spending=rows)
    assert streamed_ledger(plan_of(folder), folder, rows=150) == whole_ledger(folder)


def test_only_one_kind(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    streamed = streamed_ledger(plan_of(folder), folder, rows=400, view=MoneyView(kind="budget"))
    assert streamed == whole_ledger(folder, "budget")


def test_parquet_has_the_same_bytes_whatever_the_cut(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    plan = plan_of(folder)
    first = streamed_ledger(plan, folder, "a.parquet", rows=200)
    assert first == streamed_ledger(plan, folder, "b.parquet", rows=600)
    whole = make_plan(**paths_of(folder))
    write_ledger(whole, build_ledger(whole), folder / "whole.parquet")
    expected = pq.read_table(folder / "whole.parquet")
    found = pq.read_table(folder / "a.parquet")
    assert found.to_pylist() == expected.to_pylist()
    assert found.schema.field("amount").type == expected.schema.field("amount").type


def test_summaries_are_those_of_the_whole(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    whole = build_ledger(make_plan(**paths_of(folder)))
    with stream_plan(plan_of(folder), folder, rows=400, entries=False) as result:
        for by in (["district"], ["component", "year"], ["poverty_class"], ["place", "kind"]):
            pd.testing.assert_frame_equal(
                summarize(result.ledger, by), summarize(whole, by), check_dtype=False
            )
        by_province = summarize_buckets(whole, ["province"])
        assert by_province["province"].astype(bool).any()
        pd.testing.assert_frame_equal(summarize_buckets(result.ledger, ["province"]), by_province)


def test_counts_are_those_of_the_whole(write_dataset: WriteDataset) -> None:
    rows = spending_rows()
    rows.loc[rows.index[:400], "project"] = "P005"  # more than a batch: its amounts come in several
    rows.loc[rows.index[:400], "location"] = None
    folder = write_dataset(spending=rows)
    whole = build_ledger(make_plan(**paths_of(folder)))
    groupings = [["district"], ["component", "year"], ["poverty_class", "kind"], ["place"], ["province"]]
    asked = [one for by in groupings for one in (by, counted_buckets(by))]
    with stream_plan(plan_of(folder), folder, rows=150, entries=False, counts=asked) as result:
        ledger = result.ledger
    for by in groupings:
        streamed, expected = (
            summary_frame(add_counts(summarize(one, by), one, by), one, by) for one in (ledger, whole)
        )
        pd.testing.assert_frame_equal(streamed, expected, check_dtype=False)
        assert streamed["projects"].max() > 1


def test_what_was_given_is_all_there(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    with stream_plan(plan_of(folder), folder, rows=400, entries=False) as result:
        sums = reconcile(result.ledger)
    assert {(row.currency, row.kind) for row in sums} == set(
        product(("EUR", "JPY"), ("budget", "disbursement"))
    )
    for row in sums:
        of_kind = spending_rows()[spending_rows()["kind"] == row.kind]
        assert row.input_total == total_of(of_kind, row.currency)
        assert row.difference == 0
    assert not list(folder.glob(".geoplan~*")), "the workspace goes away"


class StoppedError(Exception):
    pass


def interrupt_after(count: int, step: str = "reading"):  # type: ignore[no-untyped-def]
    def progress(now: str, done: int, of: int, rows: int) -> None:
        if now == step and done == count:
            raise StoppedError

    return progress


@pytest.mark.parametrize("step", ["reading", "placing"])
def test_a_run_that_is_stopped_leaves_nothing(write_dataset: WriteDataset, step: str) -> None:
    folder = write_dataset()
    before = {*folder.rglob("*")}
    with pytest.raises(StoppedError):
        streamed_ledger(plan_of(folder), folder, rows=400, progress=interrupt_after(2, step))
    assert {*folder.rglob("*")} == before


@pytest.mark.skipif(os.name == "nt", reason="processes are killed by signals of POSIX")
@pytest.mark.parametrize(
    "scheduler", [[], ["--scheduler", "processes", "--workers", "1"]], ids=["alone", "workers"]
)
def test_what_a_killed_command_left_is_swept_by_the_next(
    write_dataset: WriteDataset, scheduler: list[str]
) -> None:
    folder = write_dataset(6)
    work, output = folder / "work", folder / "ledger.csv"
    arguments = ["ledger", "--batch", "150", "--work", str(work), "-o", str(output), *scheduler]
    arguments += [text for name, path in paths_of(folder).items() for text in (f"--{name}", str(path))]
    command = [sys.executable, "-m", "geoplan", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as running:
        deadline = wait_for_batches(work, running)
        running.kill()
    assert running.returncode == -signal.SIGKILL
    assert not output.exists()
    assert list(work.iterdir())
    again = run_program(arguments, folder)
    assert again.returncode == 0, again.stderr
    assert not list(work.iterdir())
    assert output.read_bytes() == whole_ledger(folder)
    while scheduler and workers_of(running.pid):
        assert time.monotonic() < deadline, "workers outlive the command"
        time.sleep(0.2)


def wait_for_batches(work: Path, running: subprocess.Popen[Any]) -> float:
    """Wait until a run has finished some batches; returns until when it may be waited."""
    deadline = time.monotonic() + 120
    while len(list(work.glob("**/piece-*.arrow"))) < 2:
        assert running.poll() is None, "it was done before it could be stopped"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return deadline


def workers_of(session: int) -> list[int]:
    """Processes that were started by the one that led a session."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(status.read_text(encoding="utf-8").rpartition(")")[2].split()[3]) == session:
                found.append(int(status.parent.name))
        except OSError:
            continue
    return found


def test_names_of_folders_are_columns(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    rows = spending_rows()
    shutil.rmtree(folder / "spending")
    for year in rows["year"].unique():
        part = folder / "spending" / f"year={year}"
        part.mkdir(parents=True)
        rows[rows["year"] == year].drop(columns="year").to_parquet(part / "a.parquet", index=False)
    (folder / "spending" / "year=2013").rename(folder / "spending" / "year=2014")
    streamed = streamed_ledger(plan_of(folder), folder, rows=400)
    assert b",2014," in streamed and b",2013," not in streamed
    assert streamed == whole_ledger(folder)


def test_what_became_another_under_way_stops_the_run(write_dataset: WriteDataset) -> None:
    folder = write_dataset()

    def damage(step: str, done: int, count: int, rows: int) -> None:
        if step == "reading" and done == count:
            (workspace,) = folder.glob(".geoplan~*")
            path = min(workspace.glob("piece-*.arrow"))
            path.write_bytes(bytes(path.stat().st_size))

    with pytest.raises(UsageError, match="gone or damaged"):
        streamed_ledger(plan_of(folder), folder, rows=400, progress=damage)
    assert not (folder / "streamed.csv").exists()


def test_a_batch_that_is_delivered_twice_counts_once(write_dataset: WriteDataset) -> None:
    folder = write_dataset()

    class Twice:
        def run(self, step, job, tasks):  # type: ignore[no-untyped-def]
            for task in tasks:
                step(job, *task)
                yield step(job, *task)

    plan = plan_of(folder)
    workspace = runs.Workspace(folder / "work")
    workspace.folder.mkdir()
    pieces, broken = runs._cut(plan, 250)
    job = runs._prepare(plan, workspace, pieces, rows=400)
    scattered = runs._scatter(job, Twice(), lambda *_: None)  # type: ignore[arg-type]
    job = replace(job, sources=tuple(scattered))
    placed = runs._place(job, Twice(), lambda *_: None)  # type: ignore[arg-type]
    write_streamed(plan, runs._gather(job, placed, []), folder / "streamed.csv")
    assert not broken
    assert (folder / "streamed.csv").read_bytes() == whole_ledger(folder)


def test_two_runs_of_the_same_plan_do_not_meet(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    others = []

    def start_another(step: str, done: int, count: int, rows: int) -> None:
        if done == 1:
            others.append(streamed_ledger(plan_of(folder), folder, "other.csv", rows=400))

    streamed = streamed_ledger(plan_of(folder), folder, rows=400, progress=start_another)
    assert others == [streamed] * 2
    assert streamed == whole_ledger(folder)


def test_an_output_that_fails_leaves_no_work(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    taken = folder / "taken.csv"
    taken.mkdir()
    before = {*folder.rglob("*")}
    with pytest.raises(UsageError, match="is a folder"), stream_plan(plan_of(folder), folder) as result:
        write_streamed(plan_of(folder), result, taken)
    assert {*folder.rglob("*")} == before


@pytest.mark.skipif(os.name == "nt", reason="processes are killed by signals of POSIX")
@pytest.mark.parametrize(
    "scheduler", [[], ["--scheduler", "processes", "--workers", "1"]], ids=["alone", "workers"]
)
def test_a_command_that_is_interrupted_leaves_nothing(
    write_dataset: WriteDataset, scheduler: list[str]
) -> None:
    folder = write_dataset(6)
    command = [sys.executable, "-m", "geoplan", "ledger", "--batch", "150", "--work", str(folder / "work")]
    command += [text for name, path in paths_of(folder).items() for text in (f"--{name}", str(path))]
    with heard(signal.SIGINT):
        running = subprocess.Popen(
            [*command, *scheduler],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    with running:
        wait_for_batches(folder / "work", running)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does it: to all processes at once
        said = running.communicate()[1]
    assert "Traceback" not in said
    assert running.returncode == 130
    assert not list((folder / "work").iterdir())


@pytest.mark.parametrize("table", ["locations", "spending"])
def test_datasets_without_a_row_are_refused_as_tables_are(write_dataset: WriteDataset, table: str) -> None:
    rows = {"locations": location_rows(), "spending": spending_rows()}
    folder = write_dataset(**{table: rows[table].iloc[:0]})
    for read in (lambda: whole_ledger(folder), lambda: streamed_ledger(plan_of(folder), folder)):
        with pytest.raises(InputError, match="it needs at least one record"):
            read()


def test_partitions_without_a_row_are_nothing(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    schema = pq.read_schema(folder / "spending" / "part-0.parquet")
    pq.write_table(schema.empty_table(), folder / "spending" / "part-8.parquet")
    pq.ParquetWriter(folder / "spending" / "part-9.parquet", schema).close()  # not even a row group
    assert streamed_ledger(plan_of(folder), folder, rows=400) == whole_ledger(folder)


def test_fewer_locations_than_amounts_are_read_at_a_time(write_dataset: WriteDataset) -> None:
    """A shape takes more room than an amount."""
    folder = write_dataset(1)
    for table, most in (("spending", 128), ("locations", 64)):
        spec = plan_of(folder).datasets[table]
        pieces, _ = cut_pieces(table, spec, 128)
        assert max(piece.rows for piece in pieces) == most
        assert max(len(read.frame) for read in read_piece(pieces[0], spec, 128)) <= most


def test_memory_depends_on_the_batch_and_not_on_the_rows(write_dataset: WriteDataset) -> None:
    """All amounts are of one project, so that they all are in one shard; four times as many would take four times as much."""
    peaks = []
    for number, count in enumerate((16_000, 64_000)):
        rows = spending_rows().sample(count, replace=True, random_state=1, ignore_index=True)
        folder = write_dataset(1, name=f"toy{number}", spending=rows.assign(project="P005", location=None))
        path = folder / "spending" / "part-0.parquet"
        pq.write_table(pq.read_table(path), path, row_group_size=8_000)
        plan = plan_of(folder)
        gc.collect()
        tracemalloc.start()
        with stream_plan(plan, folder, rows=8_000, entries=False):
            peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip_data(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[8:60] = bytes(52)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("damage", [cut_short, flip_data])
def test_a_corrupt_file_is_named_and_stops_the_run(write_dataset: WriteDataset, damage) -> None:  # type: ignore[no-untyped-def]
    folder = write_dataset()
    damage(folder / "spending" / "part-2.parquet")
    (folder / "streamed.csv").write_text("from before", encoding="utf-8")
    with pytest.raises(InputError, match=r"part-2\.parquet: not a readable Parquet file"):
        streamed_ledger(plan_of(folder), folder, rows=400)
    assert (folder / "streamed.csv").read_text(encoding="utf-8") == "from before"


@pytest.mark.parametrize("damage", [cut_short, flip_data])
def test_a_corrupt_file_is_skipped_when_told_and_the_reconciliation_says_so(  # type: ignore[no-untyped-def]
    write_dataset: WriteDataset, damage
) -> None:
    folder = write_dataset()
    damage(folder / "spending" / "part-2.parquet")
    with stream_plan(plan_of(folder), folder, rows=400, on_error="skip") as result:
        (note,) = result.ledger.notes
        sums = [row for row in reconcile(result.ledger) if row.currency == "EUR"]
    assert note.startswith("skipped: part-2.parquet, ")
    assert "amounts unknown" in note
    left = spending_rows().drop(range(450, 675))
    assert sum(row.input_total for row in sums) == total_of(left, "EUR")
    assert all(row.difference == 0 for row in sums)


def test_a_file_whose_rows_do_not_hold_is_skipped_whole_with_what_is_readable(
    write_dataset: WriteDataset,
) -> None:
    rows = spending_rows()
    rows.loc[500, "kind"] = "gift"
    folder = write_dataset(spending=rows)
    with pytest.raises(InputError, match=r"part-2\.parquet, row 51, column 'kind': unknown kind of money"):
        streamed_ledger(plan_of(folder), folder, rows=400)
    with stream_plan(plan_of(folder), folder, rows=400, on_error="skip") as result:
        (note,) = result.ledger.notes
        sums = reconcile(result.ledger)
    placed = sum(row.input_total for row in sums if row.currency == "EUR")
    skipped = total_of(rows.iloc[450:675], "EUR")
    assert f"225 rows of spending, EUR {skipped:,}.00".replace(",", "\u202f", 0) in note.replace(
        "\u202f", ","
    )
    assert placed + skipped == total_of(rows, "EUR")


def test_dates_that_parts_could_read_differently_are_refused(write_dataset: WriteDataset) -> None:
    """Each of two files is clear by itself: one has the day first, the other the month."""
    rows = spending_rows()
    rows["value_date"] = ["31/12/2012"] * 450 + ["12/31/2012"] * 450
    folder = write_dataset(2, spending=rows)
    message = r"part-0\.parquet, rows 1, .* column 'value_date': the order of day and month is not clear"
    with pytest.raises(InputError, match=message) as caught:
        streamed_ledger(plan_of(folder), folder, rows=400)
    assert "part-1.parquet" in str(caught.value)


@pytest.mark.parametrize("style", ["{:,.2f}", "{:.2f} EUR"])
def test_amounts_written_as_text_are_read_alike_in_all_parts(write_dataset: WriteDataset, style: str) -> None:
    """A comma is never a decimal mark in one file and a thousands mark in another: the plan says which, or it is refused."""
    rows = spending_rows()
    rows["currency"] = "EUR"
    rows["amount"] = [style.format(amount) for amount in rows["amount"]]
    folder = write_dataset(3, spending=rows)
    outcomes = []
    for read in (lambda: whole_ledger(folder), lambda: streamed_ledger(plan_of(folder), folder, rows=400)):
        try:
            outcomes.append(read())
        except InputError as error:
            outcomes.append("not readable as an amount" in str(error))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] is True or style.endswith("EUR")


def test_shapes_years_and_flags_written_as_text(write_dataset: WriteDataset) -> None:
    """A dataset made of CSV files: all columns are text, some of the cells empty."""
    places = location_rows()
    wkt = [None if pd.isna(lon) else f"POINT ({lon} 0.5)" for lon in places["lon"]]
    flags = ["yes" if at % 3 == 0 else None for at in range(len(places))]
    places = places.drop(columns=["lon", "lat"]).assign(geometry=wkt, illustrative=flags)
    texts = [
        frame.map(lambda cell: None if pd.isna(cell) else str(cell)) for frame in (places, spending_rows())
    ]
    folder = write_dataset(locations=texts[0], spending=texts[1])
    streamed = streamed_ledger(plan_of(folder), folder, rows=400)
    assert streamed == whole_ledger(folder)
    assert streamed.count(b",point") > 100


def test_files_of_different_schemas_are_told_apart(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    other = folder / "spending" / "part-1.parquet"
    pd.read_parquet(other).rename(columns={"amount": "sum paid"}).to_parquet(other, index=False)
    with pytest.raises(InputError, match=r"part-1\.parquet, column 'amount': a column is missing"):
        streamed_ledger(plan_of(folder), folder, rows=400)
    # The same column as text, and one more beside it: that is no other schema for a planner.
    pd.read_parquet(other).rename(columns={"sum paid": "amount"}).assign(
        amount=lambda frame: frame["amount"].astype(str), remark="x"
    ).to_parquet(other, index=False)
    assert streamed_ledger(plan_of(folder), folder, rows=400) == whole_ledger(folder)


def test_a_full_disk_is_told_with_its_folder(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    plan = plan_of(folder)
    before = {*folder.rglob("*")}
    with file_limit(2_500), pytest.raises(UsageError, match=r"could not be written in .*make room"):
        streamed_ledger(plan, folder, rows=400)
    assert {*folder.rglob("*")} == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB, that can be made larger."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_really_full_is_told_and_left_as_it_was(
    write_dataset: WriteDataset, small_disk: Path
) -> None:
    plan = plan_of(write_dataset())
    with (
        pytest.raises(UsageError, match=r"could not be written .*No space left"),
        stream_plan(plan, small_disk, rows=400),
    ):
        pytest.fail("there is no ledger")
    assert list(small_disk.iterdir()) == []


def test_an_output_on_a_full_disk_leaves_what_was_there(
    write_dataset: WriteDataset, small_disk: Path
) -> None:
    folder = write_dataset()
    plan = plan_of(folder)
    target = small_disk / "ledger.csv"
    target.write_text("from before", encoding="utf-8")
    with stream_plan(plan, folder, rows=400) as result, pytest.raises(UsageError, match="No space left"):
        write_streamed(plan, result, target)
    assert target.read_text(encoding="utf-8") == "from before"
    assert list(small_disk.iterdir()) == [target]


def test_shards_that_a_file_has_nothing_for_cost_next_to_nothing(write_dataset: WriteDataset) -> None:
    """Locations in the order of their projects: each batch has rows for one or two of many shards."""
    rows = location_rows()
    many = pd.concat([rows.assign(project=rows["project"] + f"-{at:03d}") for at in range(40)])
    folder = write_dataset(1, locations=many.sort_values("project"))
    sizes = []
    for shards in (1, 60):
        workspace = Workspace(folder / f"work{shards}")
        workspace.folder.mkdir()
        bounds = tuple(f"P{at:03d}" for at in range(1, shards))
        plan = plan_of(folder)
        pieces, _ = runs._cut(plan, 10_000)
        job = replace(runs._prepare(plan, workspace, pieces, rows=10_000), bounds=bounds)
        (number,) = [at for at, piece in enumerate(pieces) if piece.table == "locations"]
        assert not scatter_piece(job, number).problems
        sizes.append(sum(path.stat().st_size for path in workspace.folder.glob("*.arrow")))
    assert sizes[1] < 3 * sizes[0]


def test_locations_of_a_dataset_need_an_identifier(write_dataset: WriteDataset) -> None:
    folder = write_dataset(locations=location_rows().drop(columns="location"))
    with pytest.raises(InputError, match="need an identifier of their own"):
        streamed_ledger(plan_of(folder), folder, rows=400)


def test_problems_between_the_tables_name_the_file_and_row(write_dataset: WriteDataset) -> None:
    rows = spending_rows()
    rows.loc[700, ["project", "location"]] = ["P001", "L9"]
    folder = write_dataset(spending=rows)
    with pytest.raises(InputError, match=r"part-3\.parquet, row 26, column 'location'.*'L9'"):
        streamed_ledger(plan_of(folder), folder, rows=400)


def test_a_location_that_occurs_in_two_files_is_refused(write_dataset: WriteDataset) -> None:
    rows = location_rows()
    folder = write_dataset(locations=pd.concat([rows, rows.iloc[:1]]))
    with pytest.raises(InputError, match="project and location must be unique"):
        streamed_ledger(plan_of(folder), folder, rows=400)


def test_commands_take_folders_from_a_plan_file(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    (folder / "geoplan.toml").write_text(
        '[plan]\ntitle = "Toy"\n[districts]\nfile = "districts.csv"\n'
        '[locations]\nfile = "locations"\n[spending]\nfile = "spending"\n',
        encoding="utf-8",
    )
    runner = CliRunner()
    output = folder / "ledger.csv"
    done = runner.invoke(app, ["ledger", str(folder), "--batch", "400", "-o", str(output)])
    assert done.exit_code == 0, done.stderr
    assert "placing: " in done.stderr
    assert "rows/s" in done.stderr
    assert "difference 0.00, balanced" in done.stderr
    assert output.read_bytes() == whole_ledger(folder)
    assert '"files": 4' in (folder / "ledger.csv.manifest.json").read_text(encoding="utf-8")
    printed = runner.invoke(app, ["ledger", str(folder), "--batch", "400", "--work", str(folder / "work")])
    assert printed.stdout == whole_ledger(folder).decode("utf-8-sig")
    streamed = runner.invoke(app, ["summary", str(folder), "--batch", "400", "--work", str(folder / "work")])
    assert streamed.exit_code == 0, streamed.stderr
    counted = runner.invoke(app, ["summary", str(folder), "--counts", "--format", "csv"])
    assert counted.exit_code == 0, counted.output
    assert counted.stdout.splitlines()[0].endswith("projects,amounts")
    by_project = ["--by", "project,component", "--format", "csv"]
    streamed = runner.invoke(app, ["summary", str(folder), *by_project, "--batch", "150"])
    assert streamed.exit_code == 0, streamed.output
    whole = build_ledger(make_plan(**paths_of(folder)))
    expected = summary_frame(summarize(whole, ["project", "component"]), whole, ["project", "component"])
    assert streamed.stdout == write_csv(expected)
    written = runner.invoke(app, ["summary", str(folder), *by_project, "-o", str(folder / "projects.csv")])
    assert written.exit_code == 0, written.output
    assert (folder / "projects.csv").read_text(encoding="utf-8-sig") == streamed.stdout
    refused = runner.invoke(app, ["summary", str(folder), "--by", "project"])
    assert refused.exit_code == 2
    assert "DuckDB" in refused.stderr
    assert runner.invoke(app, ["explain", str(folder), "--district", "A"]).exit_code == 0


def test_the_command_line_leaves_out_a_corrupt_file_as_told(write_dataset: WriteDataset) -> None:
    folder = write_dataset()
    cut_short(folder / "spending" / "part-0.parquet")
    arguments = [text for name, path in paths_of(folder).items() for text in (f"--{name}", str(path))]
    work = ["--work", str(folder / "work"), "--batch", "400"]
    stopped = CliRunner().invoke(app, ["summary", *arguments, *work])
    assert stopped.exit_code == 1
    assert "part-0.parquet" in stopped.stderr
    skipped = CliRunner().invoke(app, ["summary", *arguments, *work, "--on-error", "skip"])
    assert skipped.exit_code == 0, skipped.stderr
    assert "skipped: part-0.parquet" in skipped.stderr
    assert not list((folder / "work").iterdir())


def test_shares_and_rounding_come_through(write_dataset: WriteDataset) -> None:
    locations = location_rows().iloc[:0].reindex(range(2))
    locations = locations.assign(
        project="P000", location=["L1", "L2"], precision=1.0, lon=[0.5, 1.5], lat=0.5, share=[0.3, 0.7]
    )
    spending = (
        spending_rows()
        .iloc[:1]
        .assign(project="P000", location=None, currency="EUR", amount=["10.005"], kind="budget")
    )
    folder = write_dataset(1, spending=spending, locations=locations)
    with stream_plan(plan_of(folder), folder) as result:
        (sums,) = reconcile(result.ledger)
        (entries,) = result.entries()
    assert entries["amount_minor"].tolist() == [300, 700]  # 10.00 by 3 : 7
    assert (sums.input_total, sums.rounding) == (Decimal("10.005"), Decimal("0.005"))


FAULTS: dict[str, tuple[str, str, Any, str]] = {
    "currency": ("spending", "currency", "EURO", "amounts in the unknown currency 'EURO'"),
    "no currency": ("spending", "currency", None, "(no value)"),
    "year": ("spending", "year", "twenty", "(not readable as a year)"),
    "kind": ("spending", "kind", "gift", "(unknown kind of money)"),
    "project": ("spending", "project", " ", "(no value)"),
    "amount": ("spending", "amount", "ten", "(not readable as an amount)"),
    "location": ("spending", "location", "L99", "(locations that the project does not have"),
    "geometry": ("locations", "geometry", "POINT (1", "(not readable as WKT"),
    "longitude": ("locations", "lon", "east", "(not readable as a number"),
    "precision": ("locations", "precision", "77", "(no such precision code)"),
    "identifier": ("locations", "location", None, "(locations of a dataset need an identifier"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_with_any_faulty_value_is_skipped_and_leaves_nothing(
    fault: str, write_dataset: WriteDataset, tmp_path: Path
) -> None:
    table, column, value, said = FAULTS[fault]
    spending = spending_rows().iloc[:60].assign(location=None)
    folder = write_dataset(2, spending=spending, locations=location_rows().assign(geometry=None))
    path = folder / table / "part-1.parquet"
    rows = pd.read_parquet(path)
    cells = rows[column].astype(object).map(lambda cell: None if pd.isna(cell) else str(cell))
    rows.assign(**{column: [value, *cells[1:]]}).to_parquet(path, index=False)
    work, target = tmp_path / "work", tmp_path / "ledger.csv"
    arguments = [text for name, file in paths_of(folder).items() for text in (f"--{name}", str(file))]
    command = ["ledger", *arguments, "-o", str(target), "--work", str(work), "--on-error", "skip"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    notes = [line for line in done.stderr.splitlines() if "skipped: part-1.parquet" in line]
    assert len(notes) == 1, notes
    note = notes[0]
    assert said in note and f"rows of {table}" in note
    assert "difference 0.00, balanced" in done.stderr
    assert list(work.iterdir()) == []
    kept = pd.read_parquet(folder / "spending" / "part-0.parquet") if table == "spending" else spending
    found = pd.read_csv(target)
    assert round(found.loc[found["currency"] == "EUR", "amount"].sum()) == total_of(kept, "EUR")


def test_amounts_of_skipped_locations_are_skipped_with_their_file(
    write_dataset: WriteDataset, tmp_path: Path
) -> None:
    """The second file of amounts names a place that only the skipped file has."""
    spending = pd.DataFrame(
        {"project": ["P1", "P2"], "location": "L", "component": "c", "funder": "f", "year": 2010, "kind": "budget",
         "currency": "EUR", "amount": [7, 9]}
    )  # fmt: skip
    locations = pd.DataFrame({"project": ["P1", "P2"], "location": "L", "lon": ["0.5", "east"], "lat": 0.5})
    folder = write_dataset(2, spending=spending, locations=locations)
    with stream_plan(plan_of(folder), tmp_path, on_error="skip") as result:
        notes = [note for note in result.ledger.notes if note.startswith("skipped")]
        (row,) = reconcile(result.ledger)
    assert row.in_districts == 7
    assert [note.split(",")[0] for note in notes] == ["skipped: part-1.parquet"] * 2
    assert "EUR 9.00 readable in it (locations that the project does not have" in notes[1]


def test_locations_of_one_identifier_in_two_files_name_both(
    write_dataset: WriteDataset, tmp_path: Path
) -> None:
    locations = pd.DataFrame(
        {"project": ["P000", "P001", "P000", "P002"], "location": "L", "lon": 0.5, "lat": 0.5}
    )
    folder = write_dataset(2, locations=locations)
    with pytest.raises(InputError) as caught, stream_plan(plan_of(folder), tmp_path):
        pass
    found = {(problem.source, problem.rows) for problem in caught.value.problems}
    assert found == {("part-0.parquet", (1,)), ("part-1.parquet", (1,))}
