"""Only the page that was opened by the printed address is answered, and nothing breaks it."""

from __future__ import annotations

import json

import pytest

from tests.helpers.workbench import PORT, TOKEN, Bench

PATHS = ["/", "/state", "/events", "/differences", "/answers/0001/report", "/nothing"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", f"?token={TOKEN}x", "?token=é"])
def test_a_wrong_token_is_refused_at_every_path(bench: Bench, path: str, query: str) -> None:
    assert bench.outsider().get(path + query).status_code == 403


def test_the_token_is_taken_from_the_address_or_the_header(bench: Bench) -> None:
    assert bench.outsider().get(f"/state?token={TOKEN}").status_code == 200
    assert bench.outsider({"Authorization": f"Bearer {TOKEN}"}).get("/state").status_code == 200
    assert bench.outsider({"Authorization": "Bearer wrong"}).get("/state").status_code == 403


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("Origin", f"http://127.0.0.1:{PORT}", 200),
        ("Origin", f"http://localhost:{PORT}", 200),
        ("Origin", "http://127.0.0.1:1", 403),
        ("Origin", "https://evil.example", 403),
        ("Origin", "null", 403),
        ("Host", f"localhost:{PORT}", 200),
        ("Host", "evil.example", 403),
        ("Host", f"evil.example:{PORT}", 403),
        ("Host", "127.0.0.1", 403),
    ],
)
def test_another_origin_or_host_is_refused(
    bench: Bench, name: str, value: str, status: int
) -> None:
    for reply in (
        bench.client.get("/state", headers={name: value}),
        bench.client.post("/end", json={"job": 0}, headers={name: value}),
    ):
        assert reply.status_code == status


def test_no_other_page_may_read_or_frame_an_answer(bench: Bench) -> None:
    headers = bench.client.get("/").headers
    assert "access-control-allow-origin" not in headers
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    # Style attributes label the cells of stacked rows; nothing else inline is let through.
    assert "unsafe" not in policy.replace("style-src-attr 'unsafe-inline'", "")


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", '{"changes": []}', '{"changes": {"limits.max_sites": 3}}',
     '{"changes": {"solver.gap": NaN}}', "[" * 50_000, '{"changes": ' + "9" * 9_000 + "}",
     b"\xff\xfe\x00", '{"changes": null, "changes2": {}}', r'{"changes": {"\ud800": "1"}}'],
)  # fmt: skip
def test_a_body_that_the_page_would_not_send_is_told_as_bad_input(
    bench: Bench, body: str | bytes
) -> None:
    reply = bench.client.post("/solve", content=body)
    assert reply.status_code == 422
    assert [fault["remedy"] for fault in reply.json()["faults"]] == ["Send what the page sends."]


@pytest.mark.parametrize("body", ['{"job": true}', '{"job": 1.0}', '{"job": 1, "keep": 1}', "{}"])
def test_a_job_is_ended_by_its_number_alone(bench: Bench, body: str) -> None:
    assert bench.client.post("/end", content=body).status_code == 422


def test_a_large_body_is_refused_before_it_is_read(bench: Bench) -> None:
    assert bench.client.post("/solve", content=b"x" * 300_000).status_code == 413
    assert bench.client.post("/solve", content=iter([b"x"])).status_code == 411


HOSTILE = {
    "limits.max_sites": ["zz", "-1", "1e400", ".nan", "{a: b}", "[" * 3_000, "!!python/object:os.x",
                         "3\nname: other", "9" * 5_000, "*alias", "\x00", "'", "\ud800"],
    "limits.open": ["[no_such_site]", "[1, 2]", '["<script>alert(1)</script>"]', "../../etc"],
    "objective.weights.carbon": ["-1", "true", "many"],
    "candidates.file": ["/etc/passwd", "/no/such/file.csv", "../small.yaml"],
    "name": ["../../elsewhere", "''"],
    "no.such.key": ["1"],
    "limits": ["null", "[]"],
    "": ["1"],
    "demand.workloads[99].it_mw": ["1"],
    "demand.workloads.nobody.it_mw": ["1"],
}  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_values_are_told_as_check_tells_them(bench: Bench, path: str) -> None:
    for value in HOSTILE[path]:
        text = json.dumps({"changes": {path: value}})
        reply = bench.client.post("/solve", content=text)
        if path == "limits" and value == "null":
            continue
        assert reply.status_code == 422, (path, value, reply.text)
        faults = reply.json()["faults"]
        assert faults
        assert all(fault["problem"] for fault in faults)
    assert not [job for job in bench.solver.jobs() if job.state == "failed"]


@pytest.mark.parametrize("name", ["9999", "..", "%2e%2e", "0001%2f..", "x" * 500, "0001.bak", "-1"])
@pytest.mark.parametrize("part", ["report", "study.yaml", "map"])
def test_no_folder_but_an_answer_can_be_read(bench: Bench, name: str, part: str) -> None:
    assert bench.client.get(f"/answers/{name}/{part}").status_code in (404, 422)
