"""Worker processes of a test, as the service starts them, forked; they can be killed, and are started again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from celery import Celery
from kombu.exceptions import OperationalError

from orchestrator.jobs.celery_app import queue_configuration
from orchestrator.jobs.service import Service, service_of
from orchestrator.jobs.table import Job
from orchestrator.settings import Settings
from tests.service.forks import Fork, fork

__all__ = ["FAKES", "ROOT", "Crew", "calling", "environment_of", "wait_for", "wait_for_end"]

ROOT = Path(__file__).parents[2]
FAKES = {"speech_engine": "tone", "face_engine": "still", "backdrop": "#203040", "size": "128x128", "fps": 10}
PATIENCE = 90.0


def environment_of(settings: Settings, **more: str) -> dict[str, str]:
    """What makes a process use ``settings``."""
    own = {f"GOVORUN_{name.upper()}": str(getattr(settings, name)) for name in settings.model_fields_set}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GOVORUN_")}
    return {**kept, "GOVORUN_CACHE": os.environ["GOVORUN_CACHE"], "OMP_NUM_THREADS": "1", **own, **more}


class Crew:
    """``size`` workers under ``settings``; their words go to ``worker-N.log`` in the data folder."""

    def __init__(self, settings: Settings, size: int, queues: str = "cpu", **more: str) -> None:
        self.settings = settings
        self._environment = {**environment_of(settings), "PYTHONPATH": str(ROOT), **more}
        self._queues = queues
        self._workers: list[Fork | None] = [None] * size
        self.ends: list[int] = []
        settings.data_dir.mkdir(parents=True, exist_ok=True)

    def keep_running(self) -> None:
        """Start what does not run, as the supervisor of the service does."""
        for number, worker in enumerate(self._workers):
            if worker is not None and worker.poll() is not None:
                self._bury(number)
            if self._workers[number] is None:
                self._workers[number] = self._start(number)

    def kill(self, number: int) -> None:
        """Kill -9 one worker and all that it started."""
        worker = self._workers[number]
        if worker is not None:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            self._bury(number)

    def stop(self) -> None:
        """Ask all to stop, and end those that do not."""
        for worker in self._workers:
            if worker is not None:
                worker.stdin.close()
        for number, worker in enumerate(self._workers):
            if worker is not None:
                with suppress(subprocess.TimeoutExpired):
                    worker.wait(15)
                self.kill(number)

    def __enter__(self) -> Crew:
        self.keep_running()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def words(self) -> str:
        """The end of what the workers said."""
        logs = sorted(self.settings.data_dir.glob("worker-*.log"))
        return "\n".join(f"{log.name}:\n{log.read_text(errors='replace')[-3000:]}" for log in logs)

    def _start(self, number: int) -> Fork:
        module = "tests.service.troubled" if "TROUBLE" in self._environment else "orchestrator.server.process"
        words, folder = ["worker", "--queues", self._queues], self.settings.data_dir
        return fork(module, words, folder, folder / f"worker-{number}.log", self._environment)

    def _bury(self, number: int) -> None:
        worker = self._workers[number]
        assert worker is not None
        self.ends.append(worker.wait())
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.stdin.close()
        self._workers[number] = None


def calling(settings: Settings) -> Service:
    """The service under ``settings``, which tells its own workers: Celery's application keeps the first broker that a
    process meets."""
    service = service_of(settings)
    caller = Celery("caller", set_as_current=False)
    caller.config_from_object(queue_configuration(settings))

    def call(job_id: str, queues: Iterable[str]) -> None:
        with suppress(OperationalError, OSError):
            for queue in queues:
                caller.send_task("govorun.work", (job_id,), queue=queue, retry=False, ignore_result=True)

    service.call = call
    return service


def wait_for(what: Callable[[], bool], workers: Crew, patience: float = PATIENCE) -> None:
    """Until ``what`` is true; meanwhile workers that ended are started again."""
    deadline = time.monotonic() + patience
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not happen; the workers say:\n{workers.words()}")
        workers.keep_running()
        time.sleep(0.05)


def wait_for_end(service: Service, job_id: str, workers: Crew, patience: float = PATIENCE) -> Job:
    """The job once it has ended and is tidy."""
    wait_for(lambda: service.jobs.get(job_id).tidy, workers, patience)
    return service.jobs.get(job_id)
