"""Markup of solves and answers on the page, which changes with every step of a solve."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from siting.report.pages.parts import Markup, element, join
from siting.workbench.answers import Answer
from siting.workbench.controls import Control, fields_of
from siting.workbench.solver import Job

__all__ = ["answers_list", "jobs_list"]

#: Solves that are shown, the last ones.
_MOST_JOBS = 6
_STATES: Mapping[str, str] = {
    "waiting": "waits", "infeasible": "no placement meets every limit",
    "no_answer": "no answer in time", "cancelled": "cancelled", "bad_input": "refused",
    "failed": "failed",
}  # fmt: skip


def jobs_list(jobs: Sequence[Job]) -> Markup:
    """The last solves, the newest first, with what ends them."""
    return join(map(_job, jobs[: -_MOST_JOBS - 1 : -1]), "")


def _job(job: Job) -> Markup:
    state = {"running": job.phase, "done": f"answer {job.answer}"}.get(job.state)
    what = ", ".join(job.overrides) or "the study as it is"
    gap = "" if job.gap is None else f", gap {_percent(job.gap)}"
    parts: list[object] = [
        element("strong", state or _STATES[job.state]),
        f" ({what}){gap}, {job.seconds:.1f} s ",
    ]
    if job.state == "running":
        parts.append(element("progress"))
    if not job.ended:
        parts.append(_end(job, "Cancel", keep=False))
    if job.state == "running" and job.incumbent:
        parts += [" ", _end(job, "Take the best so far", keep=True)]
    parts += [element("p", note, class_="note") for note in job.notes]
    if job.message:
        parts.append(element("pre", job.message))
    return element("li", *parts, data_state=job.state)


def _end(job: Job, title: str, *, keep: bool) -> Markup:
    return element("button", title, type="button", data_end=job.number,
                   data_keep="yes" if keep else None)  # fmt: skip


def answers_list(answers: Iterable[Answer], controls: Sequence[Control], token: str) -> Markup:
    """All answers, the newest first, with what gives each again."""
    shown = [_answer(answer, controls, urlencode({"token": token})) for answer in answers]
    return join(reversed(shown), "")


def _answer(answer: Answer, controls: Sequence[Control], query: str) -> Markup:
    audit = "audit passed" if answer.audit_passed else "audit FAILED"
    gap = f"gap {_percent(answer.gap)}"
    values = json.dumps(fields_of(answer.overrides, controls), ensure_ascii=False)
    address = f"answers/{answer.name}"
    tools = element(
        "div",
        element("a", "Page", href=f"{address}/report?{query}", target="_blank"),
        element("a", "Study (YAML)", href=f"{address}/study.yaml?{query}", download=""),
        element("button", "Copy the command", type="button", class_="tool",
                data_copy=answer.command),
        element("button", "Take its values", type="button", class_="tool", data_values=values),
        class_="buttons",
    )  # fmt: skip
    return element(
        "li",
        element("strong", f"Answer {answer.name}"),
        f": {', '.join(answer.sites)}; {answer.status}, {gap}, {audit} ",
        element("p", element("code", answer.command)),
        tools,
        data_answer=answer.name,
    )


def _percent(gap: float) -> str:
    return f"{100 * gap:.2g} %"
