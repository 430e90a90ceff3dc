"""Destination jobs: one submission per name, whoever dies when; and what the state tells of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Context, EnvironmentFailure, Job, StateError, Store, UsageError
from crosswalk.runtime import state_view as view
from crosswalk.runtime.jobs import StoredJobs, expired_jobs, job_key
from crosswalk.runtime.leases import Lease
from crosswalk_state.memory import MemoryBackend

sys.path.insert(0, str(Path(__file__).parent))
import destination
from destination import Destination
from pipelines import Project

from crosswalk import Engine

SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
import destination
from pipelines import Project
from crosswalk import Engine
project = Project(Path(sys.argv[1]))
project.engine = Engine(destination)
sys.exit(project.run().exit_code)
"""


def killed(project: Project, seam: str) -> None:
    """A run in a process that dies at the seam."""
    code = SCRIPT.format(folder=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", code, str(project.folder)],
        env={"CROSSWALK_TEST_KILL_AT": seam, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -9, done.stderr


def project_of(folder: Path, **sink: Any) -> Project:
    project = Project(folder)
    project.engine = Engine(destination)
    return project.pipeline(sink={"type": "jobs", "folder": ".", "job": "${params.job}"} | sink, params=PARAMS)


PARAMS = {"job": {"type": "string", "default": "today"}}


@pytest.fixture
def store() -> Iterator[Store]:
    with MemoryBackend().open() as opened:
        yield opened


def jobs_of(store: Store, lease: Lease) -> StoredJobs:
    return StoredJobs(store, lease, "", "run", lambda value: value)


# ---- one submission per name ------------------------------------------------------------------------------------


def test_a_name_is_submitted_once(store: Store) -> None:
    sent: list[str] = []

    def send(key: str) -> dict[str, int]:
        sent.append(key)
        return {"id": len(sent)}

    with Lease(store, "p") as lease:
        jobs = jobs_of(store, lease)
        first = jobs.submit("today", send)
        assert first == Job("today", "submitted", {"id": 1}, sent[0])
        assert jobs.submit("today", send) == first == jobs.get("today")
        assert jobs.submit("tomorrow", send).handle == {"id": 2}
        assert [job.name for job in jobs.unfinished()] == ["today", "tomorrow"]
        assert jobs.finish("today").status == jobs.finish("today").status == "done"
        assert jobs.submit("today", send).status == "done"
        assert [job.name for job in jobs.unfinished()] == ["tomorrow"]
        assert StoredJobs(store, lease, "other stream", "run", lambda value: value).get("today") is None
    assert len(sent) == 2


def test_a_failed_job_is_submitted_anew_under_a_new_key(store: Store) -> None:
    keys: list[str] = []
    with Lease(store, "p") as lease:
        jobs = jobs_of(store, lease)
        jobs.submit("today", lambda key: keys.append(key) or "a")
        assert jobs.finish("today", error="bad file").error == "bad file"
        again = jobs.submit("today", lambda key: keys.append(key) or "b", find=lambda key: pytest.fail("a new job"))
        assert (again.status, again.handle, again.attempts, again.error) == ("submitted", "b", 2, "")
    assert len(set(keys)) == 2


def test_what_is_sent_is_recorded_before(store: Store) -> None:
    with Lease(store, "p") as lease:
        jobs = jobs_of(store, lease)

        def fails(key: str) -> Any:
            assert jobs.get("today") == Job("today", "submitting", None, key)
            raise ConnectionError("no answer")

        with pytest.raises(ConnectionError):
            jobs.submit("today", fails)
        before = jobs.get("today")
        assert before is not None
        assert jobs.unfinished() == [before]
        after = jobs.submit("today", lambda key: key)
        assert after.handle == after.key == before.key
        assert after.attempts == 1


def test_the_destination_is_asked_for_a_job_that_may_be_there(store: Store) -> None:
    with Lease(store, "p") as lease:
        jobs = jobs_of(store, lease)
        with pytest.raises(ZeroDivisionError):
            jobs.submit("today", lambda key: 1 / 0)
        found = jobs.submit("today", lambda key: pytest.fail("sent twice"), find=lambda key: f"found {key}")
        assert found.handle == f"found {found.key}"
        with pytest.raises(ZeroDivisionError):
            jobs.submit("tomorrow", lambda key: 1 / 0)
        assert jobs.submit("tomorrow", lambda key: "sent", find=lambda key: None).handle == "sent"


def test_a_job_that_has_ended_stays_so(store: Store) -> None:
    with Lease(store, "p") as lease:
        jobs = jobs_of(store, lease)
        with pytest.raises(StateError, match="S130: the job 'none' was never submitted, so it cannot become done"):
            jobs.finish("none")
        jobs.submit("a", lambda key: 1)
        jobs.finish("a")
        with pytest.raises(StateError, match="'a' is done, so it cannot become failed"):
            jobs.finish("a", error="late")
        jobs.submit("b", lambda key: 1)
        jobs.finish("b", error="bad")
        with pytest.raises(StateError, match="'b' is failed, so it cannot become done"):
            jobs.finish("b")
        assert jobs.get("b") == Job("b", "failed", 1, jobs.get("b").key, 1, "bad")  # type: ignore[union-attr]


def test_a_run_that_lost_its_lease_neither_submits_nor_records(store: Store) -> None:
    with Lease(store, "p") as old:
        jobs = jobs_of(store, old)
        jobs.submit("a", lambda key: 1)
        view.state_unlock(store, "p")
        with Lease(store, "p"):
            with pytest.raises(StateError, match="S110"):
                jobs.submit("b", lambda key: pytest.fail("sent without the lease"))
            with pytest.raises(StateError, match="S110"):
                jobs.finish("a")
    assert [key[-1] for key, _ in store.scan(("job",))] == ["a"]


def test_an_outage_is_not_taken_for_absence(store: Store) -> None:
    class Down:
        def __getattr__(self, name: str) -> Any:
            raise StateError("S102", "the state is down")

    with Lease(store, "p") as lease, pytest.raises(StateError, match="S102"):
        StoredJobs(Down(), lease, "", "run", lambda value: value).submit(  # type: ignore[arg-type]
            "a", lambda key: pytest.fail("sent")
        )


def test_retention_forgets_only_what_has_ended(store: Store) -> None:
    with Lease(store, "p") as lease:
        jobs = jobs_of(store, lease)
        for name in ("done", "failed", "open"):
            jobs.submit(name, lambda key: 1)
        jobs.finish("done")
        jobs.finish("failed", error="x")
        assert expired_jobs(store, "p", 60) == []
        for name in ("done", "failed", "open"):
            entry = store.get(job_key("p", "", name))
            assert entry is not None
            store.put(job_key("p", "", name), entry.value | {"at": time.time() - 61})
        assert [key[-1] for key in expired_jobs(store, "p", 60)] == ["done", "failed"]


def test_there_are_no_jobs_outside_a_run() -> None:
    with pytest.raises(UsageError, match="P116"):
        Context().jobs.unfinished()
    with pytest.raises(UsageError, match="P116"):
        Context().idempotency.key(b"")


# ---- in a pipeline that is killed -------------------------------------------------------------------------------


@pytest.mark.parametrize("seam", ["before_submit", "after_submit", "after_send:2", "before_put:2", "before_put:3"])
@pytest.mark.parametrize("asks", [True, False])
def test_a_killed_run_goes_on_with_its_job(tmp_path: Path, seam: str, asks: bool) -> None:
    project = project_of(tmp_path, asks=asks)
    rows = project.files(2, 6)
    killed(project, seam)
    assert project.run().exit_code == 0
    there = Destination(tmp_path)
    begun = there.calls("begin")
    # Between the answer and its record nobody knows but the destination: asked, or given the same key again.
    assert len(begun) == (2 if seam == "after_submit" and not asks else 1)
    assert len({call["key"] for call in begun}) == 1
    sent = {call["key"]: call["ids"] for call in there.calls("send")}
    assert sorted(one for ids in sent.values() for one in ids) == [row["id"] for row in rows]
    assert len(there.calls("send")) == len(sent) + (seam == "after_send:2")


def test_one_job_for_several_runs_and_its_view(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.file("a.ndjson", [{"id": 1}])
    (tmp_path / "refuses").touch()
    assert project.run().exit_code == 1
    options = {"registry": project.engine.registry, "load_mapping": project.load_mapping}
    with view.opened(project.spec, **options) as (store, name):
        (job,) = view.state_show(store, name)["jobs"]
        assert (job["name"], job["status"], job["handle"], job["stream"]) == ("today", "submitting", None, "")
    (tmp_path / "refuses").unlink()
    assert project.run().exit_code == 0
    project.file("b.ndjson", [{"id": 2}])
    assert project.run(params={"job": "tomorrow"}).exit_code == 0
    assert len({call["key"] for call in Destination(tmp_path).calls("begin")}) == 2
    with view.opened(project.spec, **options) as (store, name):
        shown = view.state_show(store, name)
        assert [(job["name"], job["status"]) for job in shown["jobs"]] == [("today", "done"), ("tomorrow", "done")]
        assert shown["outcomes"] == 2
        assert view.state_verify(store) == []
        store.put(("job", name, "", "odd"), {"status": "lost"})
        store.put(("job", "ghost", "", "a"), {"status": "done"})
        assert [problem.split(": ", 1)[1] for problem in view.state_verify(store)] == [
            "belongs to a pipeline that has no position",
            "no job has the status 'lost'",
        ]
        view.state_reset(store, name)
        assert [key for key, _ in store.scan(("job", name))] == [key for key, _ in store.scan(("sent", name))] == []


def test_a_secret_is_not_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    from crosswalk.runtime.memory import Memory

    with MemoryBackend().open() as store, Lease(store, "p") as lease:
        context = Memory(store, lease, 60, {"hunter2"}).bind(Context(scope="p:e"))
        context.jobs.submit("a", lambda key: {"url": "https://x/?token=hunter2"})
        context.jobs.finish("a", error="401 for hunter2")
        context.idempotency.once("k", lambda: "hunter2")
        assert "hunter2" not in json.dumps([entry.value for _, entry in store.scan()])


def test_two_runs_submit_one_job(tmp_path: Path) -> None:
    """The race of two runs that both find no job: the lease lets one of them in."""
    with MemoryBackend().open() as store, Lease(store, "p") as lease:
        with pytest.raises(EnvironmentFailure, match="S120"), Lease(store, "p"):
            pytest.fail("two leases at once")
        jobs_of(store, lease).submit("today", lambda key: 1)
    with Lease(store, "p") as lease:
        jobs_of(store, lease).submit("today", lambda key: pytest.fail("sent twice"))
