"""The workbench in headless Chromium, as a planner uses it: fields, map, tabs, strangers."""

from __future__ import annotations

import http.server
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from siting.catalogue import load_catalogue
from siting.coefficients.inputs import read_study
from siting.mip import Progress
from siting.workbench import solver as solver_module
from siting.workbench import workbench_app
from siting.workbench.answers import Answers
from siting.workbench.page import workbench_page
from siting.workbench.solver import Solver
from tests.helpers.browser import HANG_S, SCREENSHOTS, polled
from tests.helpers.workbench import TOKEN

AXE = Path(__file__).resolve().parents[2] / "build/axe/node_modules/axe-core/axe.min.js"


class Tab:
    """A tab of the workbench that must stay quiet and ask nobody else."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.complaints, self.asked = page, [], []
        page.set_default_timeout(1000 * HANG_S)
        page.on("console", lambda m: m.type == "error" and self.complaints.append(m.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(address)
        self.ready()

    def ready(self) -> None:
        self.until(lambda: self.page.evaluate("document.body.dataset.ready === 'yes'"))

    def until(self, check: Any) -> Any:
        return polled(self.page, check)

    def field(self, path: str) -> Any:
        return self.page.locator(f'[name="{path}"]')

    def set(self, path: str, value: str) -> None:
        box = self.field(path)
        box.evaluate("node => (node.closest('details').open = true)")
        box.fill(value)

    def solve(self) -> None:
        self.page.locator("#solve").click()

    def pin(self, site: str) -> None:
        """Click on a site of the map."""
        self.page.locator("#figure-map").scroll_into_view_if_needed()
        x, y = self.page.evaluate(
            "(site) => { const own = siting.maps.get('map'); own.map.renderSync();"
            " const box = own.map.getTargetElement().getBoundingClientRect();"
            " const all = own.layers.sites.getSource().getFeatures();"
            " const at = all.find((each) => each.get('id') === site).getGeometry();"
            " const [x, y] = own.map.getPixelFromCoordinate(at.getCoordinates());"
            " return [box.left + x, box.top + y]; }", site)  # fmt: skip
        self.page.mouse.click(x, y)

    def site(self, site: str, what: str) -> Any:
        """What the map knows of a site: open, was, pin."""
        return self.page.evaluate(
            "([site, what]) => siting.maps.get('map').layers.sites.getSource().getFeatures()"
            ".find((each) => each.get('id') === site).get(what)", [site, what])  # fmt: skip

    def answers(self) -> list[str]:
        return self.page.locator("#list li").evaluate_all("all => all.map(n => n.dataset.answer)")

    def shown(self, after: str) -> None:
        self.until(lambda: self.page.locator("#after").inner_text().startswith(f"Answer {after}"))

    def shot(self, name: str) -> None:
        if os.environ.get("SCREENSHOTS"):
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def address(study_file: Path) -> Iterator[str]:
    """Where a workbench is served."""
    catalogue = load_catalogue()
    page = workbench_page(read_study(study_file, (), catalogue), catalogue, study_file.name)
    solver = Solver(Answers(study_file.parent / "seen", study_file), catalogue)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = workbench_app(
        solver, page, token=TOKEN, port=port, closing=lambda: server.should_exit
    )  # fmt: skip
    config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{port}/?token={TOKEN}"
    server.should_exit = True
    solver.close(HANG_S)
    thread.join(HANG_S)
    listener.close()


@pytest.fixture
def tab(chromium: Any, address: str) -> Iterator[Tab]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = Tab(context.new_page(), address)
    yield tab
    # The browser itself reports refusals that a test provoked; nothing else is said.
    assert [text for text in tab.complaints if "422" not in text] == []
    assert all(url.startswith(address.split("?")[0]) for url in tab.asked)
    context.close()


def test_a_weight_a_pin_a_reload_and_a_second_tab(tab: Tab, address: str) -> None:
    tab.solve()
    tab.shown("0001")
    # A weight by its scale, and a site by a click on the map.
    tab.page.locator('[data-scale-of="objective.weights.carbon"]').fill("3")
    assert tab.field("objective.weights.carbon").input_value() == "3"
    tab.pin("paris")
    tab.until(lambda: tab.field("limits.open").input_value() == "paris")
    tab.solve()
    tab.shown("0002")
    assert tab.answers() == ["0002", "0001"]
    said = tab.page.locator("#differences").inner_text()
    for words in ("objective.weights.carbon", "limits.open", "Reasons"):
        assert words in said
    assert (tab.site("paris", "open"), tab.site("paris", "pin")) == (1, "pinned")
    assert "--set=objective.weights.carbon=3" in tab.page.locator("#list code").first.inner_text()
    tab.shot("workbench")
    # What was entered outlives a reload; so do the answers.
    tab.page.reload()
    tab.ready()
    tab.shown("0002")
    assert tab.field("limits.open").input_value() == "paris"
    # Another tab has the answers, and fields of its own.
    second = Tab(tab.page.context.new_page(), address)
    second.shown("0002")
    assert second.field("limits.open").input_value() == ""
    second.page.close()
    # A second click pins it closed, a third frees it.
    for shut in ("paris", ""):
        tab.pin("paris")
        tab.until(lambda shut=shut: tab.field("limits.closed").input_value() == shut)
        assert tab.field("limits.open").input_value() == ""


def test_axe_finds_nothing_serious(tab: Tab) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run tools/install_axe.sh, which needs npm")
    tab.page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    tab.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = tab.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [each for each in found if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in serious] == []


def test_an_error_is_told_beside_its_field(tab: Tab) -> None:
    tab.set("limits.max_sites", "many <b>")
    tab.solve()
    wrong = tab.page.locator(".row input:invalid")
    tab.until(lambda: wrong.count() == 1)
    assert wrong.get_attribute("name") == "limits.max_sites"
    said = "is 'many <b>', not a whole number"
    assert said in wrong.evaluate("node => node.validationMessage")
    assert said in tab.page.locator("#faults").inner_text()
    tab.set("limits.max_sites", "")
    tab.page.locator("#reset").click()
    assert wrong.count() == 0
    assert tab.page.locator("#faults").inner_text() == ""


def test_a_solve_is_cancelled_from_any_tab(
    tab: Tab, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve, go = solver_module.solve_study, threading.Event()

    def held(study: Any, *, progress: Any, **more: Any) -> Any:
        progress(Progress("placement", 0.0, 2.0, 1.0, 0.5))
        assert go.wait(HANG_S)
        return solve(study, progress=progress, **more)

    monkeypatch.setattr(solver_module, "solve_study", held)
    before = tab.answers()
    tab.solve()
    second = Tab(tab.page.context.new_page(), address)
    running = second.page.locator('li[data-state="running"]')
    second.until(lambda: "gap 50 %" in running.inner_text() if running.count() else False)
    assert running.get_by_text("Take the best so far").is_visible()
    running.get_by_text("Cancel").click()
    second.until(lambda: running.count() == 0 or "ending" in running.inner_text())
    go.set()
    cancelled = tab.page.locator('li[data-state="cancelled"]')
    tab.page.bring_to_front()
    tab.until(lambda: cancelled.count() == 1)
    assert tab.answers() == before


def test_strangers_are_refused(chromium: Any, tab: Tab, address: str) -> None:
    page = chromium.new_page()
    wrong = page.goto(address.replace(TOKEN, "wrong"))
    assert wrong.status == 403
    assert page.goto(address.split("?")[0]).status == 403
    # A page of another origin that has learnt the address may neither read nor ask.
    jobs = tab.page.locator("#jobs li").count()
    with _elsewhere() as other:
        page.goto(other)
        for how in ("{}", "{method: 'POST', body: '{\"changes\": {}}'}"):
            state = address.replace("/?", "/solve?" if "POST" in how else "/state?")
            read = page.evaluate(f"fetch('{state}', {how}).then(() => 'read', () => 'refused')")
            assert read == "refused"
    tab.page.reload()
    tab.ready()
    assert tab.page.locator("#jobs li").count() == jobs
    page.close()


class _elsewhere:  # noqa: N801
    """A page of another origin."""

    def __enter__(self) -> str:
        class Blank(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Blank)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
