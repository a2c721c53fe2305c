"""Scratch folders beside results, held by a lock that ends with the process that made them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from siting.errors import DataError, Fault

try:
    import fcntl
except ImportError:  # no such locks: what others left is never known to be dead
    fcntl = None  # type: ignore[assignment]

__all__ = ["alone", "remove_dead", "scratch_folder", "scratch_folders", "uninterrupted",
           "write_file"]  # fmt: skip

_PREFIX, _MARK = ".siting-", "made_by_siting"
#: Longest wait for another command that holds a folder. [s]
_PATIENCE_S = 10.0


@contextmanager
def scratch_folder(home: Path, *, until: str = "") -> Iterator[Path]:
    """A scratch folder in ``home``, held by this process and gone at the end.

    Parameters
    ----------
    home : pathlib.Path
        A folder on the disk that the files are meant for.
    until : str, optional
        File whose presence keeps the scratch folder at the end.
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

    Raises
    ------
    siting.errors.DataError
        If another one holds it for long.
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
