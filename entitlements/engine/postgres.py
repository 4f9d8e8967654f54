"""The engine of many machines: Procrastinate, on the PostgreSQL that holds the rows. The only file that knows it.

A job is a hint and no more: it is deferred in the transaction that claims its deliveries, and a job that is lost, runs
twice or runs late changes nothing, since the claims in our own rows decide. So there are no locks and no retries here;
what a dead worker had begun is freed by the others, and its jobs are only swept away.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.jobs import DeleteJobCondition, Status
from procrastinate.schema import SchemaManager

from entitlements.engine.protocol import Run
from entitlements.steps.claims import Batch, Claim

log = logging.getLogger(__name__)
TASK, QUEUE = "deliver", "deliveries"
HEARTBEAT, STALLED_AFTER, SWEEP_EVERY = 5.0, 30.0, 60.0
POLL_EVERY = 2.0  # should a notification be lost
AFTER_TROUBLE = 1.0
PATIENCE = 10.0
LONGEST_STOP = 60.0  # a call to a helpdesk takes half of it; a pool that is closed while it opens may never end
CONNECTIONS = 4

logging.getLogger("procrastinate").setLevel(logging.WARNING)


def schema() -> str:
    """The statements that make Procrastinate's own tables."""
    return str(SchemaManager.get_schema())


class PostgresEngine:
    """Makes the deliveries that any worker has handed over. `connection` gives the driver's connection of the
    transaction that claims them."""

    shared = True

    def __init__(self, url: str, connection: Callable[[], Any], capacity: int):
        self.capacity = capacity
        self._url, self._connection = url, connection
        self._deferring = App(connector=SyncPsycopgConnector())
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._working: asyncio.Task[None] | None = None
        self._stopping = threading.Event()

    def start(self, run: Run) -> None:
        self._thread = threading.Thread(target=self._main, args=(run,), name="procrastinate", daemon=True)
        self._thread.start()

    def hand_over(self, batches: Sequence[Batch]) -> None:
        """One statement for all of them, in the transaction that is open."""
        task = self._deferring.configure_task(TASK, queue=QUEUE, connection=self._connection())
        task.batch_defer(*({"claims": [[claim.delivery_id, claim.generation] for claim in batch.claims]}
                           for batch in batches))

    def begin(self) -> None:
        """The commit has told the workers already."""

    def stop(self) -> None:
        self._stopping.set()
        if self._loop is not None and self._working is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._working.cancel)
        if self._thread is not None:
            self._thread.join(LONGEST_STOP)
            if self._thread.is_alive():  # what it had claimed is freed like that of a killed worker
                log.warning("the engine did not end within %.0f seconds; it is left behind", LONGEST_STOP)

    def _main(self, run: Run) -> None:
        asyncio.run(self._work(run))

    async def _work(self, run: Run) -> None:
        """Run jobs until told to stop. A database that went away is waited for."""
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(self.capacity, thread_name_prefix="deliver"))
        while not self._stopping.is_set():
            self._working = asyncio.create_task(self._run_jobs(run))
            if self._stopping.is_set():  # since it was asked above; whoever stops may have seen no task to cancel
                break
            try:
                await self._working
            except asyncio.CancelledError:
                break
            except Exception as error:
                log.warning("the engine lost the database and tries again: %s", error)
            await asyncio.sleep(0 if self._stopping.is_set() else AFTER_TROUBLE)

    async def _run_jobs(self, run: Run) -> None:
        app = App(connector=PsycopgConnector(conninfo=self._url, min_size=1, max_size=CONNECTIONS))

        @app.task(name=TASK, queue=QUEUE)
        def make_deliveries(claims: list[list[int]]) -> None:
            run(Batch(tuple(Claim(delivery_id, generation) for delivery_id, generation in claims)))

        async with app.open_async():
            sweeping = asyncio.create_task(_sweep(app))
            try:
                await app.run_worker_async(
                    queues=[QUEUE], concurrency=self.capacity, install_signal_handlers=False,
                    delete_jobs=DeleteJobCondition.ALWAYS.value, fetch_job_polling_interval=POLL_EVERY,
                    shutdown_graceful_timeout=PATIENCE, update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=STALLED_AFTER)
            finally:
                sweeping.cancel()


async def _sweep(app: App) -> None:
    """Delete the jobs of workers that are no more; their deliveries were freed long before."""
    while True:
        await asyncio.sleep(SWEEP_EVERY)
        for job in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=SWEEP_EVERY):
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
