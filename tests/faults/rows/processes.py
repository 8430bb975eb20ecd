"""F1 to F4, F7, and gateway and drain beside them: processes that die, or stop and come back too late."""

import asyncio
import signal
import time

from tests.faults.checker import Allowed
from tests.faults.experiment import Experiment, added_gap, in_the_middle
from tests.faults.matrix import Row


async def kill_envoy(run: Experiment) -> None:
    probe = await run.client()
    async with run.crowd() as turns:
        await run.pause(3, 5)
        for _ in range(round(run.scaled(1, 5))):
            hit = await run.streaming(turns)
            moment = time.monotonic()
            run.system.kill("envoy")
            run.verdict.at_most("new requests after", await run.until_served(probe), 3)
            await run.pause(2, 4)
    run.verdict.figures["added gap p99"] = f"{added_gap(turns, hit, moment):.2f} s"
    await run.judge(Allowed(door_down=True))


async def kill_gateway(run: Experiment) -> None:
    probe = await run.client()
    async with run.crowd() as turns:
        await run.pause(3, 5)
        hit = await run.streaming(turns)
        moment = time.monotonic()
        run.system.kill("gateway")
        run.verdict.at_most("new requests after", await run.until_served(probe), 5)
        await run.pause(2, 3)
    run.verdict.figures["added gap p99"] = f"{added_gap(turns, hit, moment):.2f} s"
    await run.judge()


async def kill_auth(run: Experiment) -> None:
    """Kept down for ten seconds: each new one is killed as it comes."""
    person = await run.client(key=False)
    leaver = await run.client(key=False)
    left = await leaver.call("POST", "/api/auth/logout")
    run.verdict.expect(left.status in (200, 204), f"signing out: {left.status}")
    answers, until = [], 0.0
    async with run.crowd(people=3):
        await run.pause(2, 3)
        keeping_down = asyncio.create_task(_keep_down(run, "auth", 10))
        until = time.monotonic() + 10
        while time.monotonic() < until:
            answers.append(await person.call("GET", "/api/conversations", within=5))
            await asyncio.sleep(0.05)
            if len(answers) % 40 == 20:
                login = {"email": person.email, "password": "not this one at all"}
                tried = await person.call("POST", "/api/auth/login", login, within=5)
                run.verdict.expect(tried.status in (401, 503), f"I9 login while auth is away: {tried.status}")
                if tried.status == 503:
                    run.verdict.at_most("login refused in", tried.seconds, 1)
                    run.verdict.expect(tried.problem.get("code"), "I9 login's refusal is not typed")
                gone = await leaver.call("GET", "/api/conversations", within=5)
                run.verdict.expect(gone.status == 401, f"a revoked session: {gone.status}")
        await keeping_down
    good = sum(answer.status == 200 for answer in answers) / len(answers)
    run.verdict.figures["issued tokens work"] = f"{good:.1%} of {len(answers)}"
    run.verdict.expect(good >= 0.999, f"issued tokens worked in {good:.2%} of calls")
    await run.judge()


async def _keep_down(run: Experiment, component: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    killed = 0
    while time.monotonic() < until:
        pid = run.system.pid(component)
        if pid != killed:
            run.system.kill(component)
            killed = pid
        await asyncio.sleep(0.02)


async def kill_chat(run: Experiment) -> None:
    async with run.crowd(people=round(run.scaled(8, 16))) as turns:
        await run.pause(4, 6)
        for _ in range(round(run.scaled(1, 5))):
            hit = await run.streaming(turns)
            moment = time.monotonic()
            run.system.kill(run.chance.choice(run.system.replicas("chat")))
            await run.pause(4, 6)
            await run.system.healed()
    cut = [turn for turn in hit if len(turn.attempts) > 1]
    run.verdict.figures["streams cut"] = str(len(cut))
    run.verdict.at_most("added gap p99", added_gap(turns, hit, moment), 2)
    await run.judge()


async def kill_orchestrator(run: Experiment) -> None:
    longest = 0.0
    async with run.crowd(people=round(run.scaled(8, 12)), tokens=80) as turns:
        await run.pause(4, 6)
        for _ in range(round(run.scaled(1, 6))):
            hit = await run.streaming(turns)
            moment = time.monotonic()
            run.system.kill(run.chance.choice(run.system.replicas("orchestrator")))
            await asyncio.sleep(12)
            await run.system.healed()
            longest = max(longest, added_gap(turns, hit, moment))
    run.verdict.at_most("taken over within", longest, 10)
    await run.judge()


async def kill_orchestrator_and_continue(run: Experiment) -> None:
    """The same where the provider goes on with what was said: the reader keeps every word."""
    await kill_orchestrator(run)
    again = sum(turn.begun_again for turn in run.turns)
    run.verdict.expect(again == 0, f"{again} answers were begun again")


async def stop_and_go_on(run: Experiment) -> None:
    """SIGSTOP past the lease, then SIGCONT: what it still believes to have is another's."""
    async with run.crowd(people=6, tokens=100) as turns:
        await run.pause(3, 5)
        stopped = run.chance.choice(run.system.replicas("orchestrator"))
        await run.streaming(turns, least=4)
        run.system.signal(stopped, signal.SIGSTOP)
        try:
            await asyncio.sleep(run.scaled(13, 30))
        finally:
            run.system.signal(stopped, signal.SIGCONT)
        await asyncio.sleep(3)
    run.verdict.figures["fenced"] = str(
        sum(run.system.said(each, "log_fenced") for each in run.system.replicas("orchestrator"))
    )
    await run.judge()


async def drain(run: Experiment) -> None:
    """SIGTERM in the middle of answers: they are finished, or handed over."""
    async with run.crowd(people=6, tokens=200) as turns:
        await run.pause(3, 5)
        hit = await run.streaming(turns, least=4)
        moment = time.monotonic()
        run.system.signal(run.chance.choice(run.system.replicas("orchestrator")), signal.SIGTERM)
        await asyncio.sleep(14)
        left = in_the_middle(hit)
    run.verdict.figures["still running at the end of the grace"] = str(len(left))
    run.verdict.at_most("added gap p99", added_gap(turns, hit, moment), 4)
    await run.judge()


ROWS = [
    Row("F4", "kill -9 an orchestrator mid-answer", "taken over ≤ 10 s; continued or `reset-step`", kill_orchestrator),
    Row(
        "F4b",
        "the same, with a provider that goes on with a begun answer",
        "taken over ≤ 10 s; no `reset-step`",
        kill_orchestrator_and_continue,
        narrow=True,
    ),
    Row("F3", "kill -9 a chat replica with live streams", "all resume; added gap ≤ 2 s p99", kill_chat),
    Row("F1", "kill -9 Envoy", "all resume; new requests within 3 s", kill_envoy),
    Row("F1b", "kill -9 gateway", "all resume; new requests within 5 s", kill_gateway),
    Row("F2", "kill -9 auth, kept down 10 s", "issued tokens ≥ 99.9 %; login 503 ≤ 1 s; revoked stay out", kill_auth),
    Row("F7", "SIGSTOP an orchestrator past its lease, SIGCONT", "0 writes under an old epoch", stop_and_go_on),
    Row("F27a", "SIGTERM to an orchestrator mid-answer", "finished or handed over; added gap ≤ 4 s", drain),
]
