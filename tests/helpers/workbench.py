"""A workbench without a network: requests go straight to its application."""

from __future__ import annotations

import time
from typing import Any

from starlette.testclient import TestClient

from siting.workbench import Guard
from siting.workbench.answers import Answers
from siting.workbench.solver import Job, Solver

#: Four candidates, one of them in the south, and a year of twelve slices: solved in a blink.
SMALL = """\
name: small
candidates: {sites: [lulea, falun, stockholm, paris]}
designs: [air_economizer, air_chiller]
demand:
  regions: [stockholm, paris, london, berlin]
  workloads:
    - {name: inference, it_mw: 50, max_rtt_ms: 80}
    - {name: training, it_mw: 20, max_rtt_ms: null}
time: {slices: 12}
objective: {weights: {energy: 1, carbon: 1, cost: 1}}
"""
TOKEN, PORT = "the-token-of-the-tests", 8700
#: A solve that hangs ends its test after this; how long one takes never decides any. [s]
HANG_S = 300.0


class Bench:
    """A workbench and a client that knows its token."""

    def __init__(self, app: Guard, solver: Solver, answers: Answers) -> None:
        self.app, self.solver, self.answers = app, solver, answers
        self.client = self.outsider({"Authorization": f"Bearer {TOKEN}"})

    def outsider(self, headers: dict[str, str] | None = None) -> TestClient:
        """A client that has only these headers."""
        return TestClient(self.app, base_url=f"http://127.0.0.1:{PORT}", headers=headers)

    def job(self, number: int) -> Job:
        return next(job for job in self.solver.jobs() if job.number == number)

    def solve(self, **changes: str) -> Job:
        """The job of some changes (dots of a key as two underscores), once it has ended."""
        asked = {path.replace("__", "."): value for path, value in changes.items()}
        reply = self.client.post("/solve", json={"changes": asked})
        assert reply.status_code == 202, reply.text
        return self.ended(reply.json()["job"])

    def ended(self, number: int) -> Job:
        end = time.monotonic() + HANG_S
        while not (job := self.job(number)).ended:
            assert time.monotonic() < end, job
            time.sleep(0.02)
        return job

    def state(self) -> dict[str, Any]:
        return self.client.get("/state").json()
