"""Files: the built-in ones and their tables, what may be read, and writing whole or not at all."""

from __future__ import annotations

import csv
import errno
import lzma
import os
import re
import shutil
import signal
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from siting.errors import DataError, Fault, SitingError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FOR_READERS",
    "MOST_LAYER",
    "MOST_TABLE",
    "MOST_UNPACKED",
    "MOST_WEATHER",
    "TEXTS",
    "alone",
    "check_parts",
    "check_size",
    "checked_archive",
    "configs_dir",
    "damage_told",
    "full_disk_told",
    "geodata_dir",
    "header",
    "header_faults",
    "read_folder_table",
    "refuse_entities",
    "remove_dead",
    "scratch_folder",
    "scratch_folders",
    "uninterrupted",
    "write_file",
]


def _shipped(name: str) -> Path:
    """A folder of the package, beside it in a checkout and inside it in an installed wheel."""
    package = Path(__file__).resolve().parents[1]
    inside_wheel = package / name
    return inside_wheel if inside_wheel.is_dir() else package.parent / name


def geodata_dir() -> Path:
    """Folder of the built-in catalogue tables."""
    return _shipped("geodata")


def configs_dir() -> Path:
    """Folder of the studies that come with the package."""
    return _shipped("configs")


#: Option of pandas that holds texts as objects of Python. Tables here have some hundred rows, whose
#: texts are looked up one by one: those of Arrow are unpacked each time, a tenth of a small solve.
TEXTS = ("mode.string_storage", "python")
#: Columns that tell a reader of a table more; nothing here reads them, and a folder may lack them.
FOR_READERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        name: frozenset(columns.split())
        for name, columns in {
            "country_groups.csv": "basis reference label source",
            "grid_zones.csv": "marginal_fossil_label carbon_operating_margin_g_per_kwh "
            "wholesale_usd_per_mwh",
            "grid_zones_electricitymaps.csv": "name carbon_low_g_per_kwh carbon_high_g_per_kwh",
            "hydro_profiles.csv": "damping",
            "latency_metros.csv": "name regions",
            "latency_pairs.csv": "clouds",
            "policy.csv": "jurisdiction sense scope reference_read confidence reference label "
            "source",
            "sources.csv": "table column licence year unit method label",
            "stations.csv": "station country licence period kind days mean_dry_bulb_c "
            "mean_dew_point_c clipped_dew_points repaired_hours",
            "supply_sources.csv": "carbon_low_g_per_kwh carbon_high_g_per_kwh contractable "
            "water_label water_source note",
            "water_bodies.csv": "intake_depth_m mean_depth_m max_depth_m outflow_m3_s note",
        }.items()
    }
)


def header(path: Path) -> list[str]:
    """Names of the columns of a table; none of an empty file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines), [])


def header_faults(path: Path) -> list[Fault]:
    """Columns that a table lacks of the built-in one, or why its columns cannot be read."""
    try:
        there = set(header(path))
    except (UnicodeDecodeError, csv.Error) as error:
        return [_unreadable(path, error)]
    model = geodata_dir() / path.name
    needed = header(model) if model.is_file() else []
    remedy = "Add the column, or build the folder anew; leave cells empty where nothing is known"
    return [
        Fault(path.name, 1, name, "the column is not there", remedy)
        for name in needed
        if name not in there | FOR_READERS.get(path.name, frozenset())
    ]


def read_folder_table(path: Path) -> pd.DataFrame:
    """Read a table with only the empty cell as missing: "NA" is Namibia.

    Raises `DataError` where it is no CSV of UTF-8 text, or lacks columns.
    """
    import pandas as pd

    if faults := header_faults(path):
        raise DataError(faults)
    try:
        with pd.option_context(*TEXTS):
            return pd.read_csv(path, keep_default_na=False, na_values=[""])
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise DataError([_unreadable(path, error)]) from None


def _unreadable(path: Path, error: Exception) -> Fault:
    if isinstance(error, UnicodeDecodeError):
        return Fault(path.name, None, "", "is not UTF-8 text", f"Save {path} as CSV in UTF-8")
    reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
    remedy = f"Mend the quotes and commas of {path}, or build the folder anew"
    return Fault(path.name, None, "", f"is not a table of CSV: {reason}", remedy)


#: Largest files that are read, many times what a planner has; assumed. [bytes]
MOST_TABLE, MOST_LAYER, MOST_WEATHER = 100_000_000, 2_000_000_000, 20_000_000


def check_size(path: Path, most: int, where: str = "") -> None:
    """Refuse what is no regular file, and a file that is larger than any of its kind.

    Either is a `DataError`, and so is a file that is not there. ``most`` is in bytes, ``where`` the
    place that an error names, the name of the file by default.
    """
    where = where or path.name
    try:
        regular, size = path.is_file(), path.stat().st_size
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fault = Fault(where, None, "", f"cannot be read: {reason}", "Check the path.")
        raise DataError([fault]) from None
    if not regular:
        raise DataError([Fault(where, None, "", "is not a file", "Give the path of a file.")])
    if size > most:
        problem = f"holds {size:,} bytes"
        raise DataError([Fault(where, None, "", problem, f"At most {most:,} are read.")])


def check_parts(folder: Path, names: Sequence[str], remedy: str) -> None:
    """Raise `DataError` where a path is no folder, or for every file that it lacks."""
    if not folder.is_dir():
        raise DataError([Fault(str(folder), None, "", "is not a folder", remedy)])
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise DataError(
            Fault(str(folder), None, "", f"{name} is not there", remedy) for name in missing
        )


@contextmanager
def damage_told(place: Path, remedy: str) -> Iterator[None]:
    """Report a damaged file of a run as an error of the planner's, with the remedy.

    Raises `DataError` for whatever the readers of JSON, CSV, Parquet and GeoPackage raise: a file
    may have been edited, cut off or mixed with those of another run.
    """
    try:
        yield
    except SitingError:
        raise  # says itself which file is wrong, and what to do
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        fault = Fault(str(place), None, "", f"cannot be read ({reason})", remedy)
        raise DataError([fault]) from error


#: What a disk, a quota or a limit of the process says when no more can be written.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


@contextmanager
def full_disk_told(place: Path) -> Iterator[None]:
    """Raise a full disk as an error that the planner can act on.

    Raises `DataError` if a file cannot be written to its end; the writer of map layers says so in
    its own way.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        is_layer = type(error).__module__.startswith("pyogrio")
        if not (is_layer or getattr(error, "errno", None) in _NO_ROOM):
            raise
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        remedy = "Make room, or name another folder."
        where = str(getattr(error, "filename", None) or place)
        fault = Fault(where, None, "", f"cannot be written: {reason}", remedy)
        raise DataError([fault]) from error


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
#: What unpacking raises where an archive is damaged, locked or packed in an unknown way.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, RuntimeError, NotImplementedError,
    EOFError, ValueError,
)  # fmt: skip


def checked_archive(path: Path) -> dict[str, bytes]:
    """Names and contents of the XML parts of an archive: ``.xml``, ``.rels`` and ``.kml``.

    A `DataError` says that it is no archive, unpacks to too much, or has XML that declares
    entities.
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
    except _DAMAGE as error:
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
    """Refuse XML that declares a document type or entities."""
    if any(mark in content for mark in _DECLARED):
        inside = f" in {part}" if part else ""
        problem = f"declares XML entities{inside}, which may read files or unfold without end"
        raise DataError([Fault(path.name, None, "", problem, "Save it again without them")])


def _bomb(path: Path) -> Fault:
    problem = f"unpacks to more than {MOST_UNPACKED:,} bytes"
    return Fault(path.name, None, "", problem, "Give a smaller file")


try:
    import fcntl
except ImportError:  # no such locks: what others left is never known to be dead
    fcntl = None  # type: ignore[assignment]

_PREFIX, _MARK = ".siting-", "made_by_siting"
#: Longest wait for another command that holds a folder. [s]
_PATIENCE_S = 10.0


@contextmanager
def scratch_folder(home: Path, *, until: str = "") -> Iterator[Path]:
    """A scratch folder in ``home``, held by this process and gone at the end.

    It lies on the disk that the files are meant for, and stays where a file ``until`` is in it at
    the end.
    """
    while True:
        scratch = Path(tempfile.mkdtemp(dir=home, prefix=_PREFIX))
        descriptor = os.open(scratch, os.O_RDONLY)
        _lock(descriptor, wait_s=_PATIENCE_S)
        if scratch.is_dir():
            break  # else it was taken for dead before it was held
        os.close(descriptor)
    try:
        (scratch / _MARK).touch()
        yield scratch
    finally:
        if not until or not (scratch / until).is_file():
            shutil.rmtree(scratch, ignore_errors=True)
        os.close(descriptor)


def scratch_folders(folder: Path) -> list[Path]:
    """Scratch folders with the mark of siting, or killed before they had it."""
    found = []
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # gone meanwhile, or another user's
            if path.is_symlink() or not path.is_dir():
                continue
            bare = re.fullmatch(r"\.siting-\w{8}", path.name) and not any(path.iterdir())
            if (path / _MARK).is_file() or bare:
                found.append(path)
    return found


def remove_dead(scratch: Path, *, until: str = "") -> None:
    """Remove a scratch folder that no living process holds, unless it has the file ``until``."""
    with suppress(OSError):
        descriptor = os.open(scratch, os.O_RDONLY)
        try:
            if _lock(descriptor) and not (until and (scratch / until).is_file()):
                shutil.rmtree(scratch, ignore_errors=True)
        finally:
            os.close(descriptor)


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, whenever the process is killed."""
    with scratch_folder(path.parent) as scratch:
        with (scratch / path.name).open("wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch / path.name, path)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder against other commands that publish into it.

    Raises `DataError` if another one holds it for long.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if _lock(descriptor, wait_s=_PATIENCE_S) is False:
            problem = "is held by another command"
            raise DataError([Fault("--out", None, str(folder), problem, "Wait for its end.")])
        yield
    finally:
        os.close(descriptor)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the end. Signals reach the main thread alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual or signal.SIG_DFL)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _lock(descriptor: int, *, wait_s: float = 0.0) -> bool | None:
    """Take the lock of an open folder: whether it is ours now, None where there are no locks."""
    until = time.monotonic() + wait_s
    while fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        except OSError:
            break
    return None
