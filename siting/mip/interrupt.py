"""Ctrl-C during a solve: the solve ends as if its time were up, and its incumbent is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interrupt", "keeping_incumbent"]


class Interrupt:
    """Whether the planner asked the solve to end."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    @property
    def asked(self) -> bool:
        """Whether it was asked for."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask the solve to end."""
        self._asked.set()


@contextmanager
def keeping_incumbent() -> Iterator[Interrupt]:
    """Let Ctrl-C ask for an end; a second one ends the process at once, as usual.

    Signals reach the main thread alone; elsewhere nothing is changed.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    usual = signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: FrameType | None) -> None:
        interrupt.ask()
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, ask)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, usual)
