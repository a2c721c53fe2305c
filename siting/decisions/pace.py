"""Time of a study of many questions, shared out so that all of them are asked within a limit."""

from __future__ import annotations

import time

__all__ = ["Pace"]


class Pace:
    """The end of the question that is asked now.

    Parts of a study get shares of the time that is left, and in each part every question an equal
    share of what its part has left: what is answered early is there for the next.

    Parameters
    ----------
    limit_s : float, optional
        Time of the whole study; without it only the limit of each solve counts. [s]
    """

    def __init__(self, limit_s: float | None = None) -> None:
        self._end = None if limit_s is None else time.monotonic() + limit_s
        self._part_end = self._end
        self._questions = 1
        self._until = self._end

    def part(self, share: float, questions: int) -> None:
        """Begin a part of some questions, with a share of the time that is left."""
        if self._end is not None:
            now = time.monotonic()
            self._part_end = now + share * max(self._end - now, 0.0)
        self._questions = max(questions, 1)

    def step(self) -> None:
        """Begin the next question of the part."""
        if self._part_end is not None:
            now = time.monotonic()
            self._until = now + max(self._part_end - now, 0.0) / self._questions
        self._questions = max(self._questions - 1, 1)

    def within(self, limit_s: float) -> float:
        """Time for a solve of the question: a limit, or what the question has left. [s]."""
        if self._until is None:
            return limit_s
        return min(limit_s, max(self._until - time.monotonic(), 0.0))
