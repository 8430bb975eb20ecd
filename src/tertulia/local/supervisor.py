"""Runs the whole stack: starts it in order and as much at once as can be, keeps it up, and ends it in reverse.

What the parts are is `stack`'s; how one is kept up is `component`'s, which tells us how it fares. Postgres, Valkey,
NATS, the model and the zygote begin together; a service starts when its database is migrated; Envoy, and with it the
public address, when there is a model to answer.
"""

import asyncio
import signal
import time
from collections.abc import Coroutine, Iterable
from http import HTTPStatus
from typing import Any

from tertulia.local import interpreter, logfiles
from tertulia.local.component import Component, Plan
from tertulia.local.console import Console
from tertulia.local.errors import LocalError
from tertulia.local.forks import Zygote
from tertulia.local.home import Home
from tertulia.local.model_process import LocalModel
from tertulia.local.probing import LOOPBACK, status
from tertulia.local.processes import Household
from tertulia.local.running import Running
from tertulia.local.servers.command import Command, Server
from tertulia.local.services import WITH_DATABASE
from tertulia.local.stack import Stack

PUBLIC_WITHIN_S = 30.0
PROBE_S = 0.05
ROTATE_EVERY_S = 30.0
SERVICE_STOP_S = 15.0
"""A little longer than the grace that `stack` gives them."""
LONGEST_STOP_S = 600.0
"""Where the person has set another grace, it is theirs."""

Task = asyncio.Task[None]


class Supervisor:
    def __init__(self, home: Home, stack: Stack, household: Household, console: Console) -> None:
        self._home = home
        self._stack = stack
        self._household = household
        self._console = console
        self._zygote = Zygote(household, home.path, home.log("zygote"))
        self._model = LocalModel(home, stack.settings, household, console)
        self._components: dict[str, Component] = {}
        self._tasks: list[Task] = []
        self.hurry = asyncio.Event()
        """Set when whoever waits for the end has lost patience."""

    async def run(self) -> None:
        """Returns when the public address answers. Raises LocalError when something does not come up."""
        zygote = self._begin(self._start(Plan("zygote", self._zygote.log, self._zygote.launch, self._zygote.is_ready)))
        stores = {server.name: self._begin(self._start_server(server)) for server in self._stack.servers}
        migrated = self._begin(self._migrate(after=[stores["postgres"]] if "postgres" in stores else []))
        fetched, model = self._start_model()
        door = self._begin(self._start_envoy(after=[zygote, *model]))
        services = [
            self._begin(self._start_service(name, after=[zygote, *stores.values(), migrated, *fetched]))
            for name in self._stack.replicas
        ]
        self._begin(self._rotate_logs())
        self._begin(self._keep_warden())
        await asyncio.gather(zygote, *stores.values(), migrated, door, *services, *model)
        await self._public_answer()

    async def stop(self) -> None:
        """Ends everything: first what takes calls, then what these need. Nothing is left running."""
        for task in self._tasks:
            task.cancel()
        await self._model.stop()
        others = [name for name in self._stack.replicas if name != "gateway"]
        for stage in (["gateway"], others, ["envoy", "model", "zygote"], ["nats", "valkey"], ["postgres"]):
            ending = [self._components[name].stop(hurry=self.hurry) for name in stage if name in self._components]
            await asyncio.gather(*ending)
        await self._zygote.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> Task:
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def _start(self, plan: Plan) -> None:
        component = self._components[plan.name] = Component(plan, self, self._household.forget)
        await component.start()

    def starting(self, name: str) -> None:
        self._console.starting(name)

    def ready(self, name: str, seconds: float) -> None:
        self._console.ready(name, seconds)
        running = {each: component.running.pid for each, component in self._components.items() if component.running}
        self._home.note_processes(running)

    def died(self, name: str, how: str, pause: float) -> None:
        self._console.died(name, how, pause)

    async def _start_server(self, server: Server, after: Iterable[Task] = ()) -> None:
        await _all(after)
        server.prepare()
        log = self._home.log(server.name)

        async def launch() -> Running:
            command = server.command()
            return Running.child(self._household.start(command, log, stop_signal=server.stop_signal))

        async def is_ready() -> bool:
            return server.is_ready()

        hurry = signal.SIGQUIT if server.name == "postgres" else signal.SIGKILL
        advice = "mend what it says; where its data is damaged, restore it, or start with none: `tertulia up --reset`"
        await self._start(Plan(server.name, log, launch, is_ready, server.stop_signal, hurry, advice=advice))

    async def _start_envoy(self, after: Iterable[Task]) -> None:
        await _all(after)
        await self._describe_edge()
        await self._start_server(self._stack.envoy)

    async def _describe_edge(self) -> None:
        """Tells Envoy, also a running one, where everything is."""
        log = self._home.log("edge")
        arguments = [str(self._home.envoy), self._stack.topology]
        running = await self._zygote.fork("edge", "edge", arguments, environ={}, log=log)
        how = await running.wait()
        self._household.forget(running.pid)
        if not await self._zygote.succeeded(running):
            raise LocalError(
                f"Envoy's configuration could not be written ({how}): {logfiles.last_words(log)} (see {log})"
            )

    async def _migrate(self, after: Iterable[Task]) -> None:
        await _all(after)
        begun, name, log = time.monotonic(), "migrations", self._home.log("migrations")
        self._console.starting(name)
        argv = interpreter.argv("tertulia.local.provision", *WITH_DATABASE)
        environ = interpreter.environment(self._stack.provision_environment(), self._home.path)
        running = Running.child(self._household.start(Command(argv, environ), log))
        how = await running.wait()
        self._household.forget(running.pid)
        if running.exit_code() != 0:
            raise LocalError(f"the databases could not be migrated ({how}): {logfiles.last_words(log)} (see {log})")
        self._console.ready(name, time.monotonic() - begun)

    async def _start_service(self, name: str, after: Iterable[Task]) -> None:
        await _all(after)
        service, _ = self._stack.replicas[name]
        log = self._home.log(name)

        async def launch() -> Running:
            if self._stack.settle_port(name):
                await self._describe_edge()
            environ = self._stack.environment(name, self._model.environment)
            return await self._zygote.fork(name, "service", [service], environ=environ, log=log)

        async def is_ready() -> bool:
            _, port = self._stack.replicas[name]
            return await status(port, "/readyz") == HTTPStatus.OK

        stop_within = LONGEST_STOP_S if self._stack.settings.external("TERTULIA_GRACE") else SERVICE_STOP_S
        await self._start(Plan(name, log, launch, is_ready, stop_within=stop_within))

    def _start_model(self) -> tuple[list[Task], list[Task]]:
        """What the services wait for, and what the whole start waits for: without a chat model, for neither."""
        plan: list[Plan | None] = []

        async def fetch() -> None:
            plan.append(await self._model.fetch(self._stack.model_port, self._stack.secrets.secret_file("model-key")))

        async def serve() -> None:
            await fetched
            if plan[0] is None:
                return
            try:
                await self._start(plan[0])
            except LocalError as error:
                self._console.say(f"  {error}\n  Everything else works, with the models of other providers.")

        fetched = self._begin(fetch())
        served = self._begin(serve())
        return ([], []) if self._model.is_off else ([fetched], [served])

    async def _public_answer(self) -> None:
        host, port = self._stack.settings.bind, self._stack.settings.port
        deadline = time.monotonic() + PUBLIC_WITHIN_S
        while (answer := await status(port, "/readyz", LOOPBACK if host == "0.0.0.0" else host)) != HTTPStatus.OK:
            if time.monotonic() > deadline:
                raise LocalError(
                    f"{self._stack.settings.public_url}/readyz answers {answer or 'nothing'} although all parts run: "
                    f"see {self._home.log('envoy')} and {self._home.log('gateway')}"
                )
            await asyncio.sleep(PROBE_S)

    async def _rotate_logs(self) -> None:
        while True:
            logfiles.rotate(self._home.logs)
            await asyncio.sleep(ROTATE_EVERY_S)

    async def _keep_warden(self) -> None:
        while True:
            await Running.child(self._household.warden).wait()
            self._household.replace_warden()


async def _all(tasks: Iterable[Task]) -> None:
    """Waits for what others have begun; a failure there is a failure here."""
    for task in tasks:
        await asyncio.shield(task)
