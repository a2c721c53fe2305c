"""Archives of XML that others wrote, such as XLSX and KMZ: refused where they could do harm.

An archive of a few kilobytes may unfold to terabytes, and XML may name files of this machine
(external entities) or unfold to gigabytes (entities within entities). No spreadsheet and no map
needs either.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from siting.errors import DataError, Fault

__all__ = ["MOST_UNPACKED", "checked_archive", "refuse_entities"]

#: Most that the parts of an archive may hold together, unpacked; assumed. [bytes]
MOST_UNPACKED = 500_000_000
#: Most parts of an archive; assumed.
_MOST_PARTS = 10_000
_DECLARED = tuple(
    text.encode(encoding)
    for text in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_CHUNK = 1 << 20


def checked_archive(path: Path) -> dict[str, bytes]:
    """Names and contents of the XML parts of an archive.

    Parameters
    ----------
    path : pathlib.Path
        XLSX or KMZ.

    Returns
    -------
    dict of str to bytes
        Parts that end with ``.xml``, ``.rels`` or ``.kml``.

    Raises
    ------
    siting.errors.DataError
        If it is no archive, unpacks to too much, or has XML that declares entities.
    """
    found: dict[str, bytes] = {}
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > left:
                raise DataError([_bomb(path)])
            for part in parts:
                content = _unpacked(path, archive, part, left)
                left -= len(content)
                if part.filename.lower().endswith((".xml", ".rels", ".kml")):
                    refuse_entities(path, content, part.filename)
                    found[part.filename] = content
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        remedy = "Save it again from the program that made it, without a password"
        fault = Fault(path.name, None, "", f"cannot be read ({error})", remedy)
        raise DataError([fault]) from None
    return found


def _unpacked(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> bytes:
    """Content of a part, read no further than is allowed whatever its header says."""
    content = bytearray()
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            content += chunk
            if len(content) > most:
                raise DataError([_bomb(path)])
    return bytes(content)


def refuse_entities(path: Path, content: bytes, part: str = "") -> None:
    """Refuse XML that declares a document type or entities.

    Parameters
    ----------
    path : pathlib.Path
        The file, for the message.
    content : bytes
        The XML.
    part : str
        Name of the part of an archive.
    """
    if any(mark in content for mark in _DECLARED):
        inside = f" in {part}" if part else ""
        problem = f"declares XML entities{inside}, which may read files or unfold without end"
        raise DataError([Fault(path.name, None, "", problem, "Save it again without them")])


def _bomb(path: Path) -> Fault:
    problem = f"unpacks to more than {MOST_UNPACKED:,} bytes"
    return Fault(path.name, None, "", problem, "Give a smaller file")
