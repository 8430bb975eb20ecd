"""A workspace's own evaluation sets: made, run by a job over its documents, compared, and nobody else's."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg

from tertulia.orchestrator.evals.cases import Judged
from tertulia.orchestrator.evals.jobs import RunEvaluation
from tertulia.orchestrator.repository.evaluations import Evaluations
from tertulia.orchestrator.service.evaluating import EvaluationRuns
from tertulia.orchestrator.service.keys import Keys
from tertulia.platform import migrations
from tertulia.platform.bus import Delivery
from tertulia.platform.bus.envelope import seal
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import MasterKeys
from tertulia.platform.ids import uuid7
from tests.databases import ServiceDatabase
from tests.orchestrator.conftest import HISTORY, Running
from tests.orchestrator.keeper import Keeper
from tests.orchestrator.knowledge import files


def place(keeper: Keeper) -> str:
    return f"/api/workspaces/{keeper.workspace}/evals"


CASES: list[dict[str, Any]] = [
    {"question": "where is the spare key?", "documents": ["handbook.pdf"], "facts": ["zebra painting"]},
    {"question": "where is the spare key?", "documents": ["another.pdf"]},
    {"question": "quarterly revenue of a steel mill in Brazil"},
]


async def finished(keeper: Keeper, set_id: str) -> dict[str, Any]:
    started = await keeper.call("POST", f"{place(keeper)}/{set_id}/runs")
    assert started.status_code == 202, started.text
    return await ended(keeper, f"{place(keeper)}/{set_id}/runs/{started.json()['id']}")


async def ended(keeper: Keeper, run: str) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while True:
            shown = (await keeper.call("GET", run)).json()
            if shown["status"] != "queued":
                return dict(shown)
            await asyncio.sleep(0.05)


async def test_a_run_says_which_questions_the_documents_answer(keeper: Keeper) -> None:
    """Each case is judged in its place; a second run is shown beside the first."""
    base = await keeper.base()
    await keeper.settled(base, await keeper.upload(base, files.pdf("The spare key hangs behind the zebra painting.")))
    made = await keeper.call("POST", place(keeper), json={"name": "Keys", "knowledge_base_ids": [base], "cases": CASES})
    assert made.status_code == 201, made.text
    run = await finished(keeper, made.json()["id"])
    assert (run["status"], run["error"]) == ("finished", None)
    assert [one["correct"] for one in run["results"]] == [True, False, True]
    figures = {one["name"]: one["value"] for one in run["figures"]}
    assert (figures["hit@5"], figures["facts held"], figures["rightly refused"]) == (0.5, 1.0, 1.0)
    again = await finished(keeper, made.json()["id"])
    assert {one["name"]: one["before"] for one in again["figures"]} == figures
    listed = (await keeper.call("GET", f"{place(keeper)}/{made.json()['id']}/runs")).json()["data"]
    assert [one["id"] for one in listed] == [again["id"], run["id"]]


async def test_a_run_that_broke_off_is_gone_on_with(keeper: Keeper, own_database: ServiceDatabase) -> None:
    """By whoever gets its job again: what has a result is not asked again, and all others are, over several jobs."""
    base = await keeper.base()
    content = {"name": "Long", "knowledge_base_ids": [base], "cases": CASES[2:] * 45}
    made = (await keeper.call("POST", place(keeper), json=content)).json()
    judged = msgspec.to_builtins(Judged(told=False, refused=False))
    kept = {"position": 7, "correct": False, "judged": judged, "passages": []}
    async with (
        Database(own_database.app_url, service="orchestrator", pool_size=1) as database,
        database.write(tenant(keeper.workspace)) as session,
    ):
        stored = Evaluations(session, keeper.workspace)
        run = await stored.add_run(uuid7(), UUID(made["id"]), keeper.person)
        assert run is not None
        for _ in range(2):
            assert await stored.add_results(run.id, [kept], {7: 12})
    job = RunEvaluation(workspace_id=keeper.workspace, run_id=run.id)
    await keeper.running.bus.publish(seal(job))
    shown = await ended(keeper, f"{place(keeper)}/{made['id']}/runs/{run.id}")
    assert (shown["status"], shown["done"], len(shown["results"])) == ("finished", 45, 45)
    assert [one["position"] for one in shown["results"] if not one["correct"]] == [7]


async def test_a_run_over_a_base_that_is_gone_says_so(keeper: Keeper) -> None:
    """The job does not come again and again: the run ends as failed, with the reason's code."""
    new = {"name": "Gone", "knowledge_base_ids": [str(uuid4())], "cases": CASES}
    made = (await keeper.call("POST", place(keeper), json=new)).json()
    run = await finished(keeper, made["id"])
    assert (run["status"], run["error"], run["results"]) == ("failed", "knowledge_base_not_found", [])


async def test_another_workspace_sees_nothing_of_it(keeper: Keeper, running: Running) -> None:
    """Neither the set nor its runs exist for it."""
    base = await keeper.base()
    new = {"name": "Mine", "knowledge_base_ids": [base], "cases": CASES}
    made = (await keeper.call("POST", place(keeper), json=new)).json()
    run = await finished(keeper, made["id"])
    stranger = Keeper(running)
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/runs"),
        ("GET", "/estimate?model=sim-fast"),
        ("POST", "/runs"),
        ("POST", f"/runs/{run['id']}/cancel"),
        ("PUT", ""),
        ("GET", f"/runs/{run['id']}"),
        ("GET", f"/runs/{run['id']}/results/0/passages"),
    ):
        content = {**new, "version": 1} if method == "PUT" else None
        refused = await stranger.call(method, f"{place(stranger)}/{made['id']}{path}", json=content)
        assert refused.status_code == 404, (method, path)
    await stranger.client.aclose()


async def test_a_name_is_used_once_and_a_deleted_set_is_gone(keeper: Keeper) -> None:
    """The second of a name is refused with 409; what is deleted takes its runs along."""
    new = {"name": "Twice", "knowledge_base_ids": [str(uuid4())], "cases": CASES}
    made = (await keeper.call("POST", place(keeper), json=new)).json()
    assert (await keeper.call("POST", place(keeper), json=new)).json()["code"] == "evaluation_set_exists"
    run = await finished(keeper, made["id"])
    assert (await keeper.call("DELETE", f"{place(keeper)}/{made['id']}")).status_code == 204
    gone = await keeper.call("GET", f"{place(keeper)}/{made['id']}/runs/{run['id']}")
    assert gone.json()["code"] == "evaluation_run_not_found"


async def test_a_run_keeps_what_it_asked(keeper: Keeper) -> None:
    """After a change the next run asks the new questions, and its figures are told apart from the old ones'."""
    base = await keeper.base()
    content = {"name": "Changing", "knowledge_base_ids": [base], "cases": CASES[:1]}
    made = (await keeper.call("POST", place(keeper), json=content)).json()
    first = await finished(keeper, made["id"])
    assert (await finished(keeper, made["id"]))["before"] == {
        "id": first["id"],
        "started_at": first["started_at"],
        "same": True,
        "model": None,
    }
    change = {"name": "Changed", "knowledge_base_ids": [base], "cases": CASES[2:], "version": 1}
    changed = await keeper.call("PUT", f"{place(keeper)}/{made['id']}", json=change)
    assert (changed.status_code, changed.json()["name"], len(changed.json()["cases"])) == (200, "Changed", 1)
    after = await finished(keeper, made["id"])
    assert (after["before"]["same"], after["results"][0]["question"]) == (False, CASES[2]["question"])
    kept = (await keeper.call("GET", f"{place(keeper)}/{made['id']}/runs/{first['id']}")).json()
    assert (kept["results"][0]["question"], kept["results"][0]["facts"]) == (CASES[0]["question"], CASES[0]["facts"])
    (listed,) = (await keeper.call("GET", place(keeper))).json()["data"]
    assert (listed["questions"], listed["last_run"]["id"]) == (1, after["id"])


async def test_a_changed_set_takes_no_name_of_another(keeper: Keeper) -> None:
    """Refused with 409, and nothing of the change is kept."""
    for name in ("One", "Two"):
        new = {"name": name, "knowledge_base_ids": [str(uuid4())], "cases": CASES}
        made = (await keeper.call("POST", place(keeper), json=new)).json()
    refused = await keeper.call("PUT", f"{place(keeper)}/{made['id']}", json={**new, "name": "One", "version": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "evaluation_set_exists")
    assert (await keeper.call("GET", f"{place(keeper)}/{made['id']}")).json()["name"] == "Two"


async def test_of_two_who_change_a_set_the_second_is_told(keeper: Keeper) -> None:
    """What the first has kept stays; the second learns which version there is, and may change that."""
    content = {"name": "Both", "knowledge_base_ids": [str(uuid4())], "cases": CASES}
    made = (await keeper.call("POST", place(keeper), json=content)).json()
    path = f"{place(keeper)}/{made['id']}"
    first, second = {**content, "name": "First", "version": 1}, {**content, "name": "Second", "version": 1}
    assert (await keeper.call("PUT", path, json=first)).json()["version"] == 2
    refused = await keeper.call("PUT", path, json=second)
    assert (refused.status_code, refused.json()["code"]) == (409, "evaluation_set_changed")
    assert "version 2" in refused.json()["detail"]
    assert (await keeper.call("GET", path)).json()["name"] == "First"
    assert (await keeper.call("PUT", path, json={**second, "version": 2})).json()["name"] == "Second"
    assert (await keeper.call("PUT", path, json={**second, "version": 2**31 - 1})).status_code == 409
    assert (await keeper.call("PUT", path, json={**second, "version": 2**31})).status_code == 422
    assert (await keeper.call("PUT", path, json=content)).status_code == 422


async def test_what_was_found_is_read_where_it_stands(keeper: Keeper, running: Running) -> None:
    """By those who may use the knowledge base, and no longer than its document is there."""
    base = await keeper.base(visibility="private")
    document = await keeper.upload(base, files.pdf("The spare key hangs behind the zebra painting."))
    await keeper.settled(base, document)
    new = {"name": "Mine", "knowledge_base_ids": [base], "cases": CASES[:1]}
    made = (await keeper.call("POST", place(keeper), json=new)).json()
    run = await finished(keeper, made["id"])
    passages = f"{place(keeper)}/{made['id']}/runs/{run['id']}/results/0/passages"
    (found,) = (await keeper.call("GET", passages)).json()["data"]
    assert (found["document_name"], found["page"]) == ("handbook.pdf", 1)
    assert "zebra painting" in found["text"]
    assert (await keeper.call("GET", passages.replace("/0/", "/7/"))).status_code == 404
    colleague = Keeper(running, keeper.workspace)
    assert (await colleague.call("GET", passages)).json() == {"data": [], "gone": 1, "answer": None}
    await colleague.client.aclose()
    await keeper.call("DELETE", f"/api/knowledge-bases/{base}/documents/{document}")
    assert (await keeper.call("GET", passages)).json() == {"data": [], "gone": 1, "answer": None}


async def test_a_run_that_was_given_up_ends(keeper: Keeper, own_database: ServiceDatabase) -> None:
    """As failed, so that nobody waits for it; one that has ended stays as it is."""
    workspace = keeper.workspace
    async with Database(own_database.app_url, service="orchestrator", pool_size=1) as database:
        async with database.write(tenant(workspace)) as session:
            stored = Evaluations(session, workspace)
            await stored.add_set(set_id := uuid4(), "Given up", [], [], keeper.person)
            waiting, ended = [await stored.add_run(uuid7(), set_id, keeper.person) for _ in range(2)]
            assert waiting is not None
            assert ended is not None
            await stored.end_run(ended.id)
        for run in (waiting, ended):
            job = RunEvaluation(workspace_id=workspace, run_id=run.id)
            runs = EvaluationRuns(database, Keys(database, MasterKeys(["only for tests"])), never, never)
            await runs.give_up(Delivery(job, uuid7(), 8, seal(job)))
    listed = (await keeper.call("GET", f"{place(keeper)}/{set_id}/runs")).json()["data"]
    assert [(one["status"], one["error"]) for one in listed] == [
        ("finished", None),
        ("failed", "evaluation_broke_off"),
    ]


async def never(*_: object) -> Any:
    raise AssertionError("for what was given up nobody is asked")


async def test_a_set_keeps_its_newest_runs(keeper: Keeper, own_database: ServiceDatabase) -> None:
    """The oldest go when there are more than so many; those of other sets stay."""
    workspace = keeper.workspace
    async with (
        Database(own_database.app_url, service="orchestrator", pool_size=1) as database,
        database.write(tenant(workspace)) as session,
    ):
        stored = Evaluations(session, workspace)
        first, second = uuid4(), uuid4()
        for set_id in (first, second):
            await stored.add_set(set_id, str(set_id), [], [], keeper.person)
        made = [await stored.add_run(uuid7(), set_id, keeper.person) for set_id in (second, first, first, first)]
        await stored.delete_runs(first, but=2)
        kept = [(await stored.runs(set_id, 10, None)).rows for set_id in (second, first)]
        assert kept == [made[:1], made[:1:-1]]


def test_runs_of_before_learn_what_they_asked(servers: Any) -> None:
    """The migration gives each the cases of its set, which could not be changed until then."""
    owner, _ = servers.postgres.create_service_database("orchestrator")
    migrations.upgrade(owner, HISTORY, "0009")
    place = {"workspace": uuid4(), "set": uuid4(), "run": uuid4(), "base": uuid4()}
    scope = "SELECT set_config('tertulia.workspace_id', %(workspace)s::text, true)"
    with psycopg.connect(owner) as connection:
        connection.execute(scope, place)
        connection.execute(
            "INSERT INTO eval_set (workspace_id, id, name, knowledge_base_ids, cases, created_by)"
            """ VALUES (%(workspace)s, %(set)s, 'Old', ARRAY[%(base)s]::uuid[], '[{"question": "Why?"}]', %(set)s)""",
            place,
        )
        connection.execute(
            "INSERT INTO eval_run (workspace_id, id, set_id, status, started_by)"
            " VALUES (%(workspace)s, %(run)s, %(set)s, 'finished', %(set)s)",
            place,
        )
    migrations.upgrade(owner, HISTORY)
    with psycopg.connect(owner) as connection:
        connection.execute(scope, place)
        asked = connection.execute("SELECT knowledge_base_ids, cases, done FROM eval_run").fetchall()
        assert asked == [([place["base"]], [{"question": "Why?"}], 1)]
        assert migrations.unprotected_tables(connection) == []
    servers.postgres.drop_database(owner)
