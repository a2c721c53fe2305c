"""The server of a workbench: its start, who may ask, and its routes.

The server listens on the loopback address alone. A page of another origin could still send requests
there, by its own name for the address too (DNS rebinding); a request is therefore refused unless it
names the host that the workbench was opened under, comes from that origin or from no page at all,
and carries the token that only the printed address holds.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siting.catalogue import load_catalogue
from siting.coefficients.inputs import read_study
from siting.errors import DataError, Fault, InputError, NoAnswerError, StudyError
from siting.files.folders import check_folder
from siting.report.pages.comparison import compare_page
from siting.report.pages.parts import Markup
from siting.workbench.answers import Answers, answer_part, difference_parts, map_facts
from siting.workbench.page import (
    Page,
    answer_picks,
    answers_list,
    changes_of,
    comparison_link,
    faults_list,
    jobs_list,
    workbench_page,
)
from siting.workbench.solver import Solver

__all__ = ["Guard", "serve", "workbench_app"]


#: Names of this computer for itself.
HOSTS = ("127.0.0.1", "localhost")
#: Largest body of a request. [bytes]
MOST_BYTES = 200_000
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Refuses what is not from the workbench's own page, before anything reads it.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    token : str
        What each request must carry, as ``?token=`` or as ``Authorization: Bearer``.
    port : int
        Port that the workbench listens at.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{name}:{port}" for name in HOSTS}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            return
        why = self._refusal(scope)
        if why is not None:
            status, words = why
            await JSONResponse({"error": words}, status, headers=_HEADERS)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason, where a request is refused."""
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            return 403, "the workbench answers under its own address alone"
        origins: Sequence[str] = headers.getlist("origin")
        if any(origin.lower() not in self._origins for origin in origins):
            return 403, "a page of another origin may not ask the workbench"
        if not self._knows_token(scope, headers):
            return 403, "the token is missing or wrong: open the address that `siting serve` prints"
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and int(length) <= MOST_BYTES):
            return 413, f"a request may have {MOST_BYTES:,} bytes"
        if scope["method"] == "POST" and "transfer-encoding" in headers:
            return 411, "a request must say its length"
        return None

    def _knows_token(self, scope: Scope, headers: Headers) -> bool:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = [*query.get("token", ()), headers.get("authorization", "").removeprefix("Bearer ")]
        ours = self._token.encode()
        return any(secrets.compare_digest(each.encode("utf-8", "replace"), ours) for each in given)


_LOOPBACK = "127.0.0.1"
#: Time that a solve and open streams have to end once the server is ended. [s]
_LAST_S = 10.0


def serve(
    study: Path,
    out: Path | None,
    *,
    overrides: Sequence[str] = (),
    port: int = 0,
    say: Callable[[str], None],
    warn: Callable[[str], None] | None = None,
) -> None:
    """Serve the workbench of a study until it is interrupted.

    Parameters
    ----------
    study : pathlib.Path
        The study.
    out : pathlib.Path or None
        Folder in which each answer gets its run folder; ``runs/<name>-workbench`` by default.
    overrides : sequence of str, optional
        Keys to change from the start, each as ``path=value``.
    port : int, default 0
        Port of the loopback address; 0 takes a free one.
    say : callable
        Told the address of the page, once it can be opened.
    warn : callable, optional
        Told each override of which a later one leaves nothing.

    Raises
    ------
    siting.errors.InputError
        If the study has errors, the folder cannot be written to, the port is taken, or a package of
        ``siting[serve]`` is missing.
    """
    try:
        import uvicorn
    except ImportError as error:
        problem = f"needs the package {error.name}, which is not installed"
        remedy = "Install it with `pip install 'siting[serve]'`"
        raise StudyError([Fault("siting serve", None, "", problem, remedy)]) from None

    catalogue = load_catalogue()
    resolved = read_study(study, overrides, catalogue, tell=warn)
    page = workbench_page(resolved, catalogue, str(study))
    answers = Answers(out or Path("runs") / f"{resolved.name}-workbench", study)
    check_folder(answers.folder, "serve", keep=True)
    token = secrets.token_urlsafe(32)
    with _listening(port) as listener:
        port = listener.getsockname()[1]
        solver = Solver(answers, catalogue, overrides)
        app = workbench_app(solver, page, token=token, port=port,
                            closing=lambda: server.should_exit)  # fmt: skip
        config = uvicorn.Config(
            app, access_log=False, log_level="warning", lifespan="off", ws="none",
            timeout_graceful_shutdown=int(_LAST_S), server_header=False, proxy_headers=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        say(f"http://{_LOOPBACK}:{port}/?token={token}")
        try:
            with suppress(KeyboardInterrupt):
                server.run(sockets=[listener])
        finally:
            solver.close(_LAST_S)


def _listening(port: int) -> socket.socket:
    """A socket that listens on the loopback address."""
    try:
        return socket.create_server((_LOOPBACK, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fault = Fault("--port", None, str(port), f"cannot be used: {reason}", "Name another port.")
        raise DataError([fault]) from None


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
    """The application of a workbench at a port.

    Each request must carry the token; ``closing`` tells whether the server is about to end, so that
    streams must.
    """
    routes = _Routes(solver, page, closing, token)
    app = Starlette(
        routes=[
            Route("/", routes.home),
            Route("/state", routes.state),
            Route("/events", routes.events),
            Route("/solve", routes.solve, methods=["POST"]),
            Route("/end", routes.end, methods=["POST"]),
            Route("/differences", routes.differences),
            Route("/compare", routes.compare),
            Route("/answers/{name}/report", routes.report),
            Route("/answers/{name}/study.yaml", routes.study),
        ],
        exception_handlers={InputError: _faults, NoAnswerError: _too_many},
    )
    return Guard(app, token, port)


async def _faults(request: Request, error: Exception) -> Response:
    """Every error of the planner's input, as `siting check --json` has them."""
    faults = error.shown if isinstance(error, InputError) else ()
    parts = {"faults": faults_list(faults)}
    return JSONResponse({"faults": [asdict(fault) for fault in faults], "parts": parts}, 422)


async def _too_many(request: Request, error: Exception) -> Response:
    parts = {"faults": Markup("<p>{}</p>").format(error)}
    return JSONResponse({"error": str(error), "parts": parts}, 429)


class _Routes:
    """Routes of the workbench."""

    def __init__(self, solver: Solver, page: Page, closing: Callable[[], bool], token: str) -> None:
        self._solver, self._answers = solver, solver.answers
        self._page, self._closing, self._token = page, closing, token

    def home(self, request: Request) -> Response:
        """The page of the workbench."""
        return HTMLResponse(self._page.text, headers={"Content-Security-Policy": self._page.policy})

    def state(self, request: Request) -> Response:
        """Jobs and answers now."""
        return JSONResponse(self._state())

    async def events(self, request: Request) -> Response:
        """Jobs and answers now, and again whenever they change."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._news(), media_type="text/event-stream", headers=headers)

    async def solve(self, request: Request) -> Response:
        """Queue a solve with the changes of a page."""
        changes = changes_of(_changes(await _body(request)), self._page.controls)
        job = await run_in_threadpool(self._solver.ask, changes)
        return JSONResponse({"job": job.number, "parts": {"faults": ""}}, 202)

    async def end(self, request: Request) -> Response:
        """End a job, with or without its best placement."""
        body = await _body(request)
        number, keep = body.get("job"), body.get("keep", False)
        if type(number) is not int or not isinstance(keep, bool):
            raise _refused("is not {job: number, keep: true or false}")
        return JSONResponse({"ended": self._solver.end(number, keep=keep)})

    def differences(self, request: Request) -> Response:
        """Two answers side by side, as parts of the page, and their map; one of them alone."""
        sides = ("before", "after")
        names = {side: name for side in sides if (name := request.query_params.get(side))}
        if names.get("before") == names.get("after"):
            names.pop("before", None)
        placements = {side: self._answers.load(name) for side, name in names.items()}
        with self._answers.lock:
            parts = {side: answer_part(name, placements[side]) for side, name in names.items()}
            parts = {side: parts.get(side, Markup()) for side in (*sides, "differences")}
            if len(names) == len(sides):
                both = ((names[side], placements[side]) for side in sides)
                link = comparison_link(names, self._token)
                parts["differences"] = Markup("\n").join([link, difference_parts(*both)])
            frame = self._page.plot.frame
            drawn = (
                map_facts(placements["after"], placements.get("before"), frame)
                if "after" in names else None
            )  # fmt: skip
        return JSONResponse({"parts": parts, "map": drawn})

    def compare(self, request: Request) -> Response:
        """The whole page of a comparison."""
        one, other = (request.query_params.get(side, "") for side in ("before", "after"))
        if one == other:
            raise _refused("names one answer", "Name two different ones.")
        placements = {name: self._answers.load(name) for name in (one, other)}
        with self._answers.lock:
            return HTMLResponse(compare_page(placements))

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

    def _shown(self) -> dict[str, Any]:
        """Parts of the page as they are now, and a choice of two answers."""
        facts = self._answers.facts()
        names = [answer.name for answer in facts]
        return {
            "parts": {
                "jobs": jobs_list(self._solver.jobs()),
                "list": answers_list(facts, self._page.controls, self._token),
            },
            "answers": {"of": ",".join(names), "picks": answer_picks(names)},
        }

    async def _news(self) -> AsyncIterator[str]:
        seen, silent = -1, 0.0
        while not self._closing():
            if self._solver.version != seen:
                seen, silent = self._solver.version, 0.0
                shown = await run_in_threadpool(self._shown)
                yield f"data: {json.dumps(shown, allow_nan=False)}\n\n"
            elif silent > SILENCE_S:
                silent = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(LOOK_S)
            silent += LOOK_S


async def _body(request: Request) -> Mapping[str, Any]:
    """The JSON object of a request."""
    try:
        found = json.loads(await request.body(), parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half a character is no text
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


def _refused(problem: str, remedy: str = "Send what the page sends.") -> StudyError:
    return StudyError([Fault("the request", None, "", problem, remedy)])
