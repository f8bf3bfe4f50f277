"""Downloaded boundary layers, with a note of their provenance next to them."""

from __future__ import annotations

from pathlib import Path

from geoplan.outputs.whole_files import replacing, write_text
from geoplan.sources.download import SERVICE, download_boundaries


def get_boundaries(
    country: str, *, level: int, target: Path, source: str = "geoboundaries", service: str = SERVICE
) -> Path:
    """Download a boundary layer, and write a note of its provenance next to it.

    Parameters
    ----------
    country, level, source, service
        As for `geoplan.sources.download.download_boundaries`, which also names the errors.
    target : Path
        Layer to write; the note next to it is ``NAME.provenance.txt``.

    Returns
    -------
    Path
        The note.
    """
    found = download_boundaries(country, level=level, target=target, source=source, service=service)
    note = target.with_name(f"{target.name}.provenance.txt")
    with replacing(target) as temporary:
        found.part.replace(temporary)
    write_text(note, found.note)
    return note
