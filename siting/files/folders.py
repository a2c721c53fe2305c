"""Result folders: written whole or not at all, over nothing but what siting itself wrote.

Each result folder has ``manifest.json``: the command that wrote it and the SHA-256 of its files. A
file is replaced or removed only while it is what the manifest says; all else in the folder stays.

Files are made in a scratch folder, ``.siting-*``. A folder that was not there appears by one
rename. In a folder that was there, the manifests before and after are first recorded beside the new
files, which is the commit, and then each file is moved to its place, ``summary.json`` last. A
process that is killed before the commit leaves the folder as it was; after a kill between the
moves, the next command that reads or writes the folder completes them (`settle`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from siting.errors import DataError, Fault
from siting.files import (
    alone,
    full_disk_told,
    remove_dead,
    scratch_folder,
    scratch_folders,
    uninterrupted,
    write_file,
)

__all__ = [
    "MANIFEST",
    "KeyedFiles",
    "check_folder",
    "check_unchanged",
    "new_folder",
    "settle",
    "written_by",
]

MANIFEST, SUMMARY = "manifest.json", "summary.json"
_NEW, _COMMIT = "new", "commit.json"


@dataclass(frozen=True)
class _Manifest:
    """Command that wrote a folder (None: no command did), and SHA-256 of each file."""

    command: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        facts = {"written_by": f"siting {self.command}", "files": dict(sorted(self.files.items()))}
        return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def written_by(folder: Path) -> str | None:
    """The command of siting that wrote a folder, or None."""
    return _manifest(folder).command


def check_unchanged(folder: Path, names: Iterable[str], remedy: str) -> None:
    """Refuse files whose content is no longer what siting wrote.

    Results without a manifest pass, and so do files that it does not name. A `DataError` has every
    file that was changed, and the remedy, how to have them made again.
    """
    written = _manifest(folder).files
    changed = [
        name for name in names
        if name in written and (folder / name).is_file()
        and _digest(folder / name) != written[name]
    ]  # fmt: skip
    if changed:
        problem = "is no longer what siting wrote there"
        raise DataError(
            Fault(str(folder / name), None, "", problem, remedy) for name in sorted(changed)
        )


def check_folder(folder: Path, command: str, *, keep: bool = False) -> Path:
    """Refuse a folder that results may not be written to; return it, of a link where it points.

    Raises `DataError` if the folder holds anything else, or its results were changed since they
    were written.

    Parameters
    ----------
    folder : pathlib.Path
        New or empty, or earlier results of the same command with whatever else was put there.
    command : str
        Command whose results are to be written.
    keep : bool, default False
        Whether files of the folder that are not written anew stay, whatever they are.
    """
    if not folder.is_dir():
        if os.path.lexists(folder):
            raise _refusal(folder, "is not a folder")
        above = next(p for p in folder.absolute().parents if p.exists())
        _try_writing(above, folder, f"lies below {above}, where no folder can be made")
        return folder
    place = folder.resolve()
    _try_writing(place, folder, "may not be written to")
    settle(place)
    _check_contents(place, command, keep=keep)
    return place


@contextmanager
def new_folder(folder: Path, command: str, *, keep: bool = False) -> Iterator[Path]:
    """A scratch folder whose files take their places in ``folder`` once all are there.

    Arguments and errors, before anything is written, are those of `check_folder`. Without ``keep``,
    files of the earlier results that are not written anew are removed. If the block raises,
    ``folder`` stays as it was. If the folder was changed meanwhile, whole results are kept in a
    folder of another name, which the error says.
    """
    place = check_folder(folder, command, keep=keep)
    absent = [p for p in (place.parent, *place.parent.parents) if not p.exists()]
    place.parent.mkdir(parents=True, exist_ok=True)
    home = place if place.is_dir() else place.parent
    settle(home)
    try:
        with scratch_folder(home) as scratch:
            new = scratch / _NEW
            new.mkdir()
            with full_disk_told(place):
                yield new
                with uninterrupted():
                    _publish(new, place, command, keep=keep)
    except BaseException:
        for made in absent:
            with suppress(OSError):
                made.rmdir()
        raise


def settle(folder: Path) -> None:
    """Complete what a killed command had begun to publish, and remove what dead ones left.

    Raises `DataError` if a file that is in the way was changed since.
    """
    found = scratch_folders(folder)
    if any((scratch / _COMMIT).is_file() for scratch in found):
        with alone(folder):
            _complete(folder)
    for scratch in found:
        remove_dead(scratch, until=_COMMIT)


def _try_writing(home: Path, folder: Path, problem: str) -> None:
    """Refuse a folder unless a file can be made in ``home``: permissions alone do not say so."""
    try:
        with scratch_folder(home):
            pass
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refusal(folder, f"{problem} ({reason})") from None


def _check_contents(place: Path, command: str, *, keep: bool) -> Mapping[str, str]:
    """Files that the manifest of a folder names, where results of a command may be written."""
    manifest = _manifest(place)
    if manifest.command is None:
        _refuse_changed(place, {}, [MANIFEST])
        if not keep and set(place.iterdir()) - set(scratch_folders(place)):
            raise _refusal(place, f"has other files and no record of `siting {command}`")
    elif not keep:
        if manifest.command != command:
            problem = f"holds results of `siting {manifest.command}`, not of `siting {command}`"
            raise _refusal(place, problem)
        _refuse_changed(place, manifest.files, [SUMMARY, *manifest.files])
    return manifest.files


def _complete(folder: Path) -> None:
    """Move what was committed; whoever committed it is dead, since this process is alone."""
    for scratch in scratch_folders(folder):
        if (scratch / _COMMIT).is_file():
            _move(scratch, folder)


def _publish(new: Path, place: Path, command: str, *, keep: bool) -> None:
    """Bring the files of a scratch folder to their places, all or none."""
    files = {name: _digest(new / name) for name in _files(new)}
    (new / MANIFEST).write_text(_Manifest(command, files).text(), encoding="utf-8")
    if not os.path.lexists(place):
        with suppress(OSError):  # another command made it just now
            os.rename(new, place)
            return
    try:
        _replace(new, place, command, files, keep=keep)
    except DataError as error:
        if keep or not new.is_dir():
            raise
        spare = _spare(place)
        os.rename(new, spare)
        kept = Fault("--out", None, str(spare), "holds the new results", "Nothing is lost.")
        raise DataError([*error.faults, kept]) from None


def _replace(new: Path, place: Path, command: str, files: Mapping[str, str], *, keep: bool) -> None:
    """Commit new files of a folder that is there, and move them to their places."""
    with alone(place):
        _complete(place)
        before = _check_contents(place, command, keep=keep)
        after = {**before, **files} if keep else files
        _refuse_changed(place, before, files)
        with scratch_folder(place, until=_COMMIT) as scratch:
            (new / MANIFEST).write_text(_Manifest(command, after).text(), encoding="utf-8")
            os.rename(new, scratch / _NEW)
            record = {"before": dict(before), "after": dict(after)}
            write_file(scratch / _COMMIT, json.dumps(record, ensure_ascii=False))
            _move(scratch, place)


def _move(scratch: Path, place: Path) -> None:
    """Move committed files to their places, from wherever an earlier attempt was cut off."""
    new, record = scratch / _NEW, json.loads((scratch / _COMMIT).read_text(encoding="utf-8"))
    before, after = record["before"], record["after"]
    waiting = _files(new)
    _refuse(place, (name for name in waiting if name != MANIFEST
                    and not _is_one_of(place, name, {before.get(name), after[name]})))  # fmt: skip
    gone = [name for name in before if name not in after]
    for name in [*(name for name in waiting if name == SUMMARY), *gone]:
        if os.path.lexists(place / name) and _is_one_of(place, name, {before.get(name)}):
            os.unlink(place / name)
    for name in sorted(waiting, key=lambda n: (n == SUMMARY, n == MANIFEST, n)):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(new / name, place / name)
    for folder in {above for name in gone for above in PurePosixPath(name).parents[:-1]}:
        with suppress(OSError):
            (place / folder).rmdir()
    os.unlink(scratch / _COMMIT)
    shutil.rmtree(scratch, ignore_errors=True)


def _files(folder: Path) -> list[str]:
    """Paths of the files of a folder, from it."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _refuse_changed(place: Path, files: Mapping[str, str], names: Iterable[str]) -> None:
    """Refuse names under which a folder has anything but what its manifest says."""
    _refuse(place, (name for name in names if not _is_one_of(place, name, {files.get(name)})))


def _refuse(place: Path, names: Iterable[str]) -> None:
    problem = "is not, or no longer, what siting wrote there"
    remedy = "Move it to keep it, or name another folder."
    faults = [
        Fault("--out", None, str(place / name), problem, remedy) for name in sorted(set(names))
    ]
    if faults:
        raise DataError(faults)


def _is_one_of(place: Path, name: str, digests: set[str | None]) -> bool:
    """Return whether a folder has nothing under a name, or a file with one of these contents."""
    ways = [place / above for above in PurePosixPath(name).parents[:-1]]
    if any(way.is_symlink() or (way.exists() and not way.is_dir()) for way in ways):
        return False
    path = place / name
    if path.is_file() and not path.is_symlink():
        return _digest(path) in digests
    return not os.path.lexists(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(folder: Path) -> _Manifest:
    """The manifest of a folder; that of no command where siting cannot have written it."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        maker, command = facts["written_by"].split(" ")
        ways = [PurePosixPath(name) for name in facts["files"]]
        if maker == "siting" and not any(way.is_absolute() or ".." in way.parts for way in ways):
            return _Manifest(command, dict(facts["files"]))
    return _Manifest()


def _spare(place: Path) -> Path:
    """The first name like that of the folder that is not taken."""
    number = 2
    while os.path.lexists(place.with_name(f"{place.name}-{number}")):
        number += 1
    return place.with_name(f"{place.name}-{number}")


def _refusal(folder: Path, problem: str) -> DataError:
    return DataError([Fault("--out", None, str(folder), problem, "Name another folder.")])


class KeyedFiles:
    """Contents by key in a folder that runs may share, a file each that ends with its SHA-256.

    Parameters
    ----------
    folder : pathlib.Path
        Made if it is not there.
    suffix : str
        End of every file name, with its dot.
    """

    def __init__(self, folder: Path, suffix: str) -> None:
        self.folder, self.suffix = folder, suffix
        folder.mkdir(parents=True, exist_ok=True)
        settle(folder)

    def read(self, key: str) -> bytes | None:
        """Content of a key; None where there is none, it cannot be read or it was changed."""
        try:
            content, _, digest = (
                (self.folder / f"{key}{self.suffix}").read_bytes().rpartition(b"\n")
            )
        except OSError:
            return None
        return content if digest == _signature(content) else None

    def write(self, key: str, content: bytes | str) -> None:
        """Keep a content whole, or none of it."""
        plain = content.encode() if isinstance(content, str) else content
        with full_disk_told(self.folder):
            write_file(self.folder / f"{key}{self.suffix}", plain + b"\n" + _signature(plain))


def _signature(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode("ascii")
