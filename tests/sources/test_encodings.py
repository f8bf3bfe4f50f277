"""Encodings: valid UTF-8 beats a mark, names read in the wrong encoding are reported, fitting ones are offered."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from shapely import box

from geoplan.model.schema import DISTRICTS, LOCATIONS, PROJECTS
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.encodings import misread_text


def write_marked(folder: Path, name: str, mark: int, cpg: str) -> Path:
    """Write a Shapefile in UTF-8 whose .dbf has a mark of its own."""
    frame = gpd.GeoDataFrame(
        {"district": ["K1"], "name": [name]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4326"
    )
    frame.to_file(folder / "d.shp", encoding="UTF-8")
    dbf = bytearray((folder / "d.dbf").read_bytes())
    dbf[29] = mark
    (folder / "d.dbf").write_bytes(dbf)
    (folder / "d.cpg").unlink(missing_ok=True)
    if cpg:
        (folder / "d.cpg").write_text(cpg)
    return folder / "d.shp"


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(("mark", "cpg"), [(0x57, ""), (0x03, ""), (0, "1252"), (0, "ISO-8859-1")])
def test_valid_utf_8_beats_the_mark_of_a_shapefile(mark: int, cpg: str, zipped: bool, tmp_path: Path) -> None:
    path = write_marked(tmp_path, "ຄໍາເກີດ é", mark, cpg)
    if zipped:
        path = tmp_path / "d.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("d.[sdpc]*"):
                archive.write(part, part.name)
    found = read(FileSpec(path), DISTRICTS)
    assert found.problems == []
    assert found.frame["name"].tolist() == ["ຄໍາເກີດ é"]
    assert any("valid UTF-8, although its" in note for note in found.detected)


def test_text_that_is_not_utf_8_keeps_its_mark(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"district": ["K1"], "name": ["Forêt"]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "d.shp", encoding="ISO-8859-1")
    found = read(FileSpec(tmp_path / "d.shp"), DISTRICTS)
    assert found.frame["name"].tolist() == ["Forêt"]
    assert not any("UTF-8" in note for note in found.detected)


@pytest.mark.parametrize(
    ("text", "meant", "encoding"),
    [
        ("KhÃ©ne", "Khéne", "utf-8"),
        ("à»\x80àº¡àº·àºàº‡".encode("latin-1", "ignore").decode("latin-1"), None, None),
        ("For\x90t", None, None),
    ],
)
def test_names_read_in_the_wrong_encoding_are_reported(
    text: str, meant: str | None, encoding: str | None, tmp_path: Path
) -> None:
    found = misread_text([text])
    assert found is not None
    if meant is not None:
        assert found == (text, meant, encoding)
    path = tmp_path / "p.csv"
    path.write_text(f"project,title\nP,{text}\n", encoding="utf-8")
    told = read(FileSpec(path, encoding="utf-8"), PROJECTS).detected
    assert any("column 'title' looks misread" in note and "encoding" in note for note in told)


@pytest.mark.parametrize("text", ["Forêt d'Éloi", "ເມືອງ", "Đà Nẵng", "Â", "São «Tomé»", "25 °C"])
def test_names_in_other_languages_are_not_misread(text: str) -> None:
    assert misread_text([text]) is None


@pytest.mark.parametrize(
    ("word", "encoding", "others"),
    [
        ("дорога", "cp1251", ()),
        ("ปากช่อง", "cp874", ()),
        ("школа", "koi8_r", ("cp1251",)),
        ("λίμνη", "cp1253", ()),
        ("水厂", "gb18030", ()),
    ],
)
def test_every_encoding_that_gives_words_is_offered(
    word: str, encoding: str, others: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(f"project,title\nP,{word}\n".encode(encoding))
    (problem,) = read(FileSpec(path), PROJECTS).problems
    for offered in (encoding, *others):
        assert f'encoding = "{offered}"' in problem.way_out
    assert word in problem.way_out


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp850"])
@pytest.mark.parametrize(
    "names", [["ປາກຊັນ", "ທ່າພະບາດ"], ["Préah Vihéar", "Stœng Trêng"], ["Đắk Lắk", "Hà Nội"], ["PRÉAH", "PÔ"]]
)
def test_text_that_excel_or_powershell_damaged_is_refused_with_its_cause(
    names: list[str], encoding: str, tmp_path: Path
) -> None:
    def damage(text: str) -> str:
        """Read UTF-8 as Windows does: bytes that a code page leaves free become control characters."""
        return "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode("utf-8"))

    path = tmp_path / "l.csv"
    rows = [f"P{at},{damage(name)}" for at, name in enumerate(names)]
    path.write_text("\n".join(["project,district", *rows]), encoding="utf-8-sig")
    (problem,) = read(FileSpec(path), LOCATIONS).problems
    assert "the text is damaged: UTF-8 was read as" in problem.message
    assert encoding in problem.message
    # Whoever says that the text is right as it is gets it.
    assert not read(FileSpec(path, encoding="utf-8"), LOCATIONS).problems


def test_a_damaged_list_saved_as_a_workbook_is_refused_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["project", "district"], ["P", "Préah".encode().decode("cp1252")]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "l.xlsx")
    (problem,) = read(FileSpec(tmp_path / "l.xlsx"), LOCATIONS).problems
    assert "the text is damaged" in problem.message


@pytest.mark.parametrize(
    "name",
    [
        "Ã",
        "É",
        "São Tomé",
        "Đà Nẵng",
        "ປາກຊັນ",
        "Москва",
        "Рёв",
        "25 °C",
        "Łódź",
        "İzmir",
        "½ share",
        "naïve – café",
        "÷Ü",
        "CAFÉ»",
        "MEXICÓ”",
        "É…",
    ],
)
def test_sound_text_is_not_called_damaged(name: str, tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(f"project,district\nP,{name}\n", encoding="utf-8")
    assert not read(FileSpec(tmp_path / "l.csv"), LOCATIONS).problems


def read_name(name: str, written: str, folder: Path, mark: bytes = b"", **options: object) -> Conformed:
    text = f"project,name,district\nP,{name},A\nQ,School,B\n"
    (folder / "l.csv").write_bytes(mark + text.encode(written))
    return read(FileSpec(folder / "l.csv", **options), LOCATIONS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("专业", "gb18030"),
        ("小学", "gb18030"),
        ("价仵", "big5"),
        ("징", "euc_kr"),
        ("ยก", "cp874"),
        ("เกก", "cp874"),
    ],
)
def test_a_word_that_is_utf_8_by_chance_has_two_readings(name: str, encoding: str, tmp_path: Path) -> None:
    (problem,) = read_name(name, encoding, tmp_path).problems
    assert problem.rows == (2,)
    assert (
        'encoding = "utf-8"' in problem.way_out and f"encoding = \"{encoding}\" ('{name}')" in problem.way_out
    )
    found = read_name(name, encoding, tmp_path, encoding=encoding)
    assert found.problems == [] and found.frame["name"].tolist() == [name, "School"]


def test_a_mark_of_utf_8_leaves_one_reading(tmp_path: Path) -> None:
    by_chance = "小学".encode("gb18030").decode("utf-8")
    assert read_name(by_chance, "utf-8", tmp_path).problems
    found = read_name(by_chance, "utf-8", tmp_path, codecs.BOM_UTF8)
    assert found.problems == [] and found.frame["name"].tolist() == [by_chance, "School"]


@pytest.mark.parametrize(
    "name",
    [
        "Sékong",
        "Route à Vang",
        "学校",
        "县",
        "школа до",
        "군",
        "ລາວ",
        "و مدرسة",
        "5° – 6 km²",
        "№ 5",
        "Đà Nẵng",
        "ቆላ",
        "໓໑",
        "٥",
    ],
)
def test_words_that_are_utf_8_are_read_without_a_question(name: str, tmp_path: Path) -> None:
    found = read_name(name, "utf-8", tmp_path)
    assert found.problems == [] and found.frame["name"].tolist() == [name, "School"]


def test_a_mark_of_utf_8_over_other_bytes_is_asked_about(tmp_path: Path) -> None:
    (problem,) = read_name("Attapé", "cp1252", tmp_path, codecs.BOM_UTF8).problems
    assert problem.rows == (2,) and 'encoding = "cp1252"' in problem.way_out
    found = read_name("Attapé", "cp1252", tmp_path, codecs.BOM_UTF8, encoding="cp1252")
    assert found.problems == [] and found.frame["name"].tolist() == ["Attapé", "School"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["Sékong", "ປາກຊັນ", "一二三学校" * 20, "Āda Ĉento" * 9])
def test_utf_16_without_a_mark_is_known_by_its_line_ends(name: str, encoding: str, tmp_path: Path) -> None:
    found = read_name(name, encoding, tmp_path)
    assert found.problems == [] and found.frame["name"].tolist() == [name, "School"]
    assert any("UTF-16" in note for note in found.detected)


def test_a_marked_shapefile_whose_letters_are_utf_8_by_chance_keeps_its_mark(tmp_path: Path) -> None:
    path = write_marked(tmp_path, "xxxx", 0, "GB18030")
    dbf = (tmp_path / "d.dbf").read_bytes()
    (tmp_path / "d.dbf").write_bytes(dbf.replace(b"xxxx", "小学".encode("gb18030")))
    found = read(FileSpec(path), DISTRICTS)
    assert found.frame["name"].tolist() == ["小学"]
    (tmp_path / "d.cpg").unlink()
    assert "gb18030" in read(FileSpec(path), DISTRICTS).problems[0].way_out
