"""Folders of the service's jobs: the files that came in, the work, the files that go out."""

from __future__ import annotations

import shutil
from pathlib import Path

from avatar.core.errors import OutputError
from orchestrator.request import RenderRequest

__all__ = ["JobFolder"]


class JobFolder:
    """``DATA/jobs/ID``: ``inputs/``, ``work/`` and ``video.mp4`` with its companions."""

    def __init__(self, data_dir: Path, job_id: str) -> None:
        self.folder = data_dir / "jobs" / job_id
        self.work = self.folder / "work"
        self.video = self.folder / "video.mp4"

    def take_in(self, request: RenderRequest) -> RenderRequest:
        """Copy the files that ``request`` names, so that the job depends on nothing outside it."""
        request = request.settled()
        inputs = self.folder / "inputs"
        try:
            inputs.mkdir(parents=True)
            changes: dict[str, object] = {"photo": _copy(request.photo, inputs, "photo")}
            for name in ("audio", "lexicon"):
                if (path := getattr(request, name)) is not None:
                    changes[name] = _copy(path, inputs, name)
            if request.backdrop.startswith("@"):
                changes["backdrop"] = f"@{_copy(Path(request.backdrop[1:]), inputs, 'backdrop')}"
        except OSError as error:
            raise OutputError(f"The job folder {self.folder} cannot be written ({error.strerror}).") from error
        return request.model_copy(update=changes)

    def drop_work(self) -> None:
        """Remove what was needed only on the way."""
        shutil.rmtree(self.work, ignore_errors=True)

    def remove(self) -> None:
        """Remove everything of the job."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _copy(source: Path, folder: Path, stem: str) -> Path:
    return shutil.copyfile(source, folder / f"{stem}{source.suffix.lower()}")
