"""Start of a workbench: a free port of the loopback address, a random token, and the server."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from siting.catalogue import load_catalogue
from siting.coefficients.inputs import read_study
from siting.errors import DataError, Fault, StudyError

__all__ = ["serve"]

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

    Raises
    ------
    siting.errors.InputError
        If the study has errors, the port is taken, or a package of ``siting[serve]`` is missing.
    """
    try:
        import uvicorn

        from siting.workbench.server import workbench_app
    except ImportError as error:
        problem = f"needs the package {error.name}, which is not installed"
        remedy = "Install it with `pip install 'siting[serve]'`"
        raise StudyError([Fault("siting serve", None, "", problem, remedy)]) from None
    from siting.workbench.answers import Answers
    from siting.workbench.page import workbench_page
    from siting.workbench.solver import Solver

    catalogue = load_catalogue()
    resolved = read_study(study, overrides, catalogue)
    page = workbench_page(resolved, catalogue, str(study))
    answers = Answers(out or Path("runs") / f"{resolved.name}-workbench", study)
    token = secrets.token_urlsafe(32)
    with _listening(port) as listener:
        port = listener.getsockname()[1]
        solver = Solver(answers, catalogue, overrides)
        app = workbench_app(
            solver, page, token=token, port=port, closing=lambda: server.should_exit
        )
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
