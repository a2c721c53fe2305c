"""Ctrl-C during a solve: the solve ends as if its time were up, and its best answer is kept.

Python hears a signal only between its own instructions, and a solver is none. HiGHS therefore
calls back now and then, which lets Python hear it, and is told by the answer to stop.
"""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import highspy

__all__ = ["MIP_KINDS", "Interrupt", "heed", "keeping_answer", "stopper"]

_Kind = highspy.cb.HighsCallbackType
#: Callbacks that HiGHS asks whether to go on: in linear programs, and in integer ones.
LP_KINDS = (_Kind.kCallbackSimplexInterrupt, _Kind.kCallbackIpmInterrupt)
MIP_KINDS = (*LP_KINDS, _Kind.kCallbackMipInterrupt)


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
def keeping_answer() -> Iterator[Interrupt]:
    """Ctrl-C asks for an end; a second one ends the program at once, as usual.

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


def stopper(interrupt: Interrupt | None, enough: float = math.inf) -> Callable[..., None]:
    """What HiGHS calls to ask whether to go on; not where the bound has come up to ``enough``."""

    def callback(kind: Any, message: str, out: Any, into: Any, data: Any) -> None:
        if into is None:
            return
        proven = kind == _Kind.kCallbackMipInterrupt and out.mip_dual_bound >= enough
        if proven or (interrupt is not None and interrupt.asked):
            into.user_interrupt = True

    return callback


def heed(highs: Any, interrupt: Interrupt | None) -> None:
    """Let a linear program that lives in the solver end when asked; or never, without any."""
    if interrupt is None:
        for kind in LP_KINDS:
            highs.stopCallback(kind)
        return
    highs.setCallback(stopper(interrupt), None)
    for kind in LP_KINDS:
        highs.startCallback(kind)
