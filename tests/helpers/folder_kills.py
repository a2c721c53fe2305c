"""Writes a result folder over and over, each time struck by a signal at the next of its steps.

``python folder_kills.py FOLDER SIGNAL CASE`` prints a JSON line for each step: what is in the
folder right after, and what is there once the next command has settled it.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from siting.files.folders import new_folder, settle

#: Steps that change a disk; "open" is one where it may write.
STEPS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.utime", "shutil.rmtree"}
OLD = {"summary.json": "old", "page.html": "old", "states/a/table.csv": "old"}
NEW = {"summary.json": "new", "page.html": "new", "states/b/table.csv": "new", "map.svg": "new"}
PAGES = {"page.html": "new", "map.svg": "new"}


def write(folder: Path, files: dict[str, str], *, keep: bool = False) -> None:
    with new_folder(folder, "solve", keep=keep) as new:
        for name, text in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_text(text)


def strike(number: int, at: int, base: str) -> None:
    """Send this process a signal just before its step ``at`` below ``base``."""
    count = itertools.count()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE
        inside = event in STEPS or (writes and str(arguments[0]).startswith(base))
        if inside and next(count) == at:
            os.kill(os.getpid(), number)

    sys.addaudithook(hook)


def contents(folder: Path) -> dict[str, str]:
    paths = (p for p in folder.rglob("*") if p.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


def main(base: Path, number: int, case: str) -> None:
    for at in itertools.count():
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir()
        folder = base / "run"
        if case != "fresh":
            write(folder, OLD)
            (folder / "states" / "a" / "note.txt").write_text("mine")
        child = os.fork()
        if child == 0:
            strike(number, at, str(base))
            try:
                write(folder, PAGES if case == "pages" else NEW, keep=case == "pages")
            except KeyboardInterrupt:
                os._exit(130)
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        seen = contents(folder)
        settle(folder)
        settle(base)
        step = {"ended": ended, "seen": seen, "settled": contents(base)}
        sys.stdout.write(f"{json.dumps(step)}\n")
        sys.stdout.flush()  # else the next child would write it again
        if ended == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), signal.Signals[sys.argv[2]], sys.argv[3])
