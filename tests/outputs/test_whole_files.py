from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.model.errors import GeoplanError, UsageError
from geoplan.outputs.whole_files import replacing, write_text


def test_a_file_appears_whole_and_nothing_else(tmp_path: Path) -> None:
    write_text(tmp_path / "new folder" / "ລາວ.txt", "ປາກຊັນ\n")
    assert (tmp_path / "new folder" / "ລາວ.txt").read_bytes() == "ປາກຊັນ\n".encode()
    assert [path.name for path in (tmp_path / "new folder").iterdir()] == ["ລາວ.txt"]


@pytest.mark.parametrize("fault", [ValueError("broken"), GeoplanError("refused"), KeyboardInterrupt()])
def test_what_was_there_stays_when_writing_fails(fault: BaseException, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("precious")
    with pytest.raises(type(fault)), replacing(target) as temporary:
        temporary.write_text("half")
        raise fault
    assert target.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(UsageError, match="No space left on device"), replacing(tmp_path / "out.csv"):
        full.write_text("x" * 100_000)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"), replacing(tmp_path):
        pass
