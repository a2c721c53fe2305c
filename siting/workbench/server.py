"""The routes of a workbench: its page, its solves and its answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from siting.errors import DataError, Fault, InputError, NoAnswerError, StudyError
from siting.report.pages.comparison import compare_page
from siting.workbench.differences import answer_part, difference_parts, map_facts
from siting.workbench.guard import Guard
from siting.workbench.page import Page
from siting.workbench.solver import Solver

__all__ = ["workbench_app"]

#: Time between two looks for news, and the longest silence of a stream. [s]
LOOK_S, SILENCE_S = 0.1, 15.0


def workbench_app(
    solver: Solver,
    page: Page,
    *,
    token: str,
    port: int,
    closing: Callable[[], bool] = lambda: False,
) -> Guard:
    """The application of a workbench.

    Parameters
    ----------
    solver : Solver
        Solves and keeps answers.
    page : Page
        The page of the study.
    token : str
        What each request must carry.
    port : int
        Port that it listens at.
    closing : callable
        Whether the server is about to end, so that streams must.
    """
    routes = _Routes(solver, page, closing)
    app = Starlette(
        routes=[
            Route("/", routes.home),
            Route("/state", routes.state),
            Route("/events", routes.events),
            Route("/solve", routes.solve, methods=["POST"]),
            Route("/end", routes.end, methods=["POST"]),
            Route("/differences", routes.differences),
            Route("/compare", routes.compare),
            Route("/answers/{name}/map", routes.answer_map),
            Route("/answers/{name}/report", routes.report),
            Route("/answers/{name}/study.yaml", routes.study),
        ],
        exception_handlers={InputError: _faults, NoAnswerError: _too_many},
    )
    return Guard(app, token, port)


async def _faults(request: Request, error: Exception) -> Response:
    """Every error of the planner's input, as `siting check --json` has them."""
    shown = error.shown if isinstance(error, InputError) else ()
    return JSONResponse({"faults": [asdict(fault) for fault in shown]}, 422)


async def _too_many(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 429)


class _Routes:
    """Routes of the workbench."""

    def __init__(self, solver: Solver, page: Page, closing: Callable[[], bool]) -> None:
        self._solver, self._answers = solver, solver.answers
        self._page, self._closing = page, closing

    def home(self, request: Request) -> Response:
        """The page of the workbench."""
        policy = {"Content-Security-Policy": self._page.policy}
        return HTMLResponse(self._page.text, headers=policy)

    def state(self, request: Request) -> Response:
        """Jobs and answers now."""
        return JSONResponse(self._state())

    async def events(self, request: Request) -> Response:
        """Jobs and answers now, and again whenever they change."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._news(), media_type="text/event-stream", headers=headers)

    async def solve(self, request: Request) -> Response:
        """Queue a solve with the changes of a page."""
        changes = _changes(await _body(request))
        job = await run_in_threadpool(self._solver.ask, changes)
        return JSONResponse({"job": job.number}, 202)

    async def end(self, request: Request) -> Response:
        """End a job, with or without its best placement."""
        body = await _body(request)
        number, keep = body.get("job"), body.get("keep", False)
        if not (isinstance(number, int) and isinstance(keep, bool)):
            raise _refused("is not {job: number, keep: true or false}")
        return JSONResponse({"ended": self._solver.end(number, keep=keep)})

    def differences(self, request: Request) -> Response:
        """Two answers side by side, as parts of the page."""
        sides = ("before", "after")
        names = {side: name for side in sides if (name := request.query_params.get(side))}
        placements = {side: self._answers.load(name) for side, name in names.items()}
        with self._answers.lock:
            parts = {side: answer_part(name, placements[side]) for side, name in names.items()}
            if len(set(names.values())) == len(sides):
                both = ((names[side], placements[side]) for side in sides)
                parts["differences"] = difference_parts(*both)
        return JSONResponse(parts)

    def compare(self, request: Request) -> Response:
        """The whole page of a comparison."""
        placements = {name: self._answers.load(name) for name in _two(request)}
        with self._answers.lock:
            return HTMLResponse(compare_page(placements))

    def answer_map(self, request: Request) -> Response:
        """Map of an answer."""
        placement = self._answers.load(request.path_params["name"])
        return JSONResponse(map_facts(placement, self._page.window))

    def report(self, request: Request) -> Response:
        """The page of an answer, as `siting solve` writes it."""
        return FileResponse(self._answers.page(request.path_params["name"]))

    def study(self, request: Request) -> Response:
        """The study of an answer with every key, to solve again."""
        name = request.path_params["name"]
        path = self._answers.path(name) / "study.yaml"
        return FileResponse(path, filename=f"study-{name}.yaml", media_type="application/yaml")

    def _state(self) -> dict[str, Any]:
        return {
            "version": self._solver.version,
            "jobs": [asdict(job) for job in self._solver.jobs()],
            "answers": [asdict(answer) for answer in self._answers.facts()],
        }

    async def _news(self) -> AsyncIterator[str]:
        seen, silent = -1, 0.0
        while not self._closing():
            if self._solver.version != seen:
                seen, silent = self._solver.version, 0.0
                state = await run_in_threadpool(self._state)
                yield f"data: {json.dumps(state, allow_nan=False)}\n\n"
            elif silent > SILENCE_S:
                silent = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(LOOK_S)
            silent += LOOK_S


async def _body(request: Request) -> Mapping[str, Any]:
    """The JSON object of a request."""
    try:
        found = json.loads(await request.body(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _refused("is not JSON") from None
    if not isinstance(found, dict):
        raise _refused("is not a JSON object")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _changes(body: Mapping[str, Any]) -> dict[str, str]:
    """Changes of keys, as text."""
    changes = body.get("changes")
    if not (isinstance(changes, dict) and all(isinstance(v, str) for v in changes.values())):
        raise _refused("has no changes {path: value as text}")
    return changes


def _two(request: Request) -> tuple[str, str]:
    """Names of the answers that are compared."""
    one, other = (request.query_params.get(side, "") for side in ("before", "after"))
    if one == other:
        fault = Fault("the request", None, "", "names one answer", "Name two different ones.")
        raise DataError([fault])
    return one, other


def _refused(problem: str) -> StudyError:
    return StudyError([Fault("the request", None, "", problem, "Send what the page sends.")])
