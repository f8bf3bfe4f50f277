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
    note = target.with_name(f"{target.name}.provenance.txt")
    try:
        found = download_boundaries(country, level=level, target=target, source=source, service=service)
        with replacing(target) as temporary:
            found.part.replace(temporary)
        write_text(note, found.note)
    except BaseException:
        if Path(source).is_file():  # a copy has nothing to continue
            target.with_name(f"{target.name}.part").unlink(missing_ok=True)
        raise
    return note
