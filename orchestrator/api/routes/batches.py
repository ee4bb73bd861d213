"""``/v1/batches``: many videos from one table of values."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from orchestrator.api.access import Asker, Caller
from orchestrator.api.errors import ApiError
from orchestrator.api.form.parse import Form, form_of
from orchestrator.api.form.rows import BatchFields, of_row, orders_of_rows
from orchestrator.api.form.schema import ERRORS, form_of_fields
from orchestrator.api.restated import restated
from orchestrator.api.taking import answered_once, aside, check_order, check_quota, submit
from orchestrator.jobs.batches import Batch, Line
from orchestrator.jobs.folder import told_by_kind
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import OPEN, STATES

__all__ = ["router"]

router = APIRouter(tags=["batches"], responses={404: ERRORS[404]})
_GONE = "deleted"
_TABLE = {200: {"description": "One line a row", "content": {"text/csv": {"schema": {"type": "string"}}}}}


class BatchVideo(BaseModel):
    """The video of one row."""

    row: int = Field(description="its number in the table, from 1")
    id: str
    status: Literal[(*STATES, _GONE)]  # type: ignore[valid-type]
    progress: int = Field(description="percent")
    title: str | None = None
    error: str | None = Field(None, description="why it failed")


class BatchReply(BaseModel):
    """Videos that were asked for together."""

    id: str
    object: Literal["batch"] = "batch"
    created_at: int = Field(description="unix seconds")
    rows: int
    progress: int = Field(description="percent of the whole")
    counts: dict[str, int] = Field(description="how many videos are in which state")
    videos: list[BatchVideo] = Field([], description="one a row, in the order of the table; [] in lists")


class BatchList(BaseModel):
    """The newest batches of the caller."""

    object: Literal["list"] = "list"
    data: list[BatchReply]


class DeletedBatch(BaseModel):
    """A batch that is no more; its videos stay."""

    id: str
    object: Literal["batch.deleted"] = "batch.deleted"
    deleted: bool = True


def _mine(request: Request, batch_id: str, by: Asker) -> Batch:
    return _found(_service(request), batch_id, by)


Mine = Annotated[Batch, Depends(_mine)]


@router.post("/v1/batches", summary="Make one video a row of a table", openapi_extra=form_of_fields(BatchFields))
async def create_batch(request: Request, by: Asker) -> BatchReply:
    """Every row is checked before the first video is queued; an error names its row."""
    service = _service(request)
    async with form_of(request, service.settings) as form:
        return await aside(request, _created, request, by, form)


@router.get("/v1/batches", summary="List your batches, newest first")
def list_batches(
    request: Request, by: Asker, limit: Annotated[int, Query(ge=1, le=100, description="batches at most")] = 20
) -> BatchList:
    service = _service(request)
    return BatchList(data=[_shown(service, batch, False) for batch in service.batches.of(by.owner, limit)])


@router.get("/v1/batches/{batch_id}", summary="Look at a batch")
def retrieve_batch(request: Request, batch: Mine) -> BatchReply:
    return _shown(_service(request), batch)


@router.get(
    "/v1/batches/{batch_id}/results.csv", summary="Fetch the table of what came out", response_class=Response,
    responses=_TABLE,  # type: ignore[arg-type]
)  # fmt: skip
def batch_results(request: Request, batch: Mine) -> Response:
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(("row", "id", "status", "title", "problem", "url"))
    for one in _shown(_service(request), batch).videos:
        url = f"/v1/videos/{one.id}/content" if one.status == "completed" else ""
        values = (one.row, one.id, one.status, one.title or "", one.error or "", url)
        table.writerow(map(_harmless, values))
    headers = {"Content-Disposition": f'attachment; filename="{batch.id}.csv"'}
    return Response("\ufeff" + written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/v1/batches/{batch_id}/cancel", summary="Stop what has not ended of a batch")
def cancel_batch(request: Request, batch: Mine) -> BatchReply:
    service = _service(request)
    for line in service.batches.lines(batch):
        if line.state in OPEN:
            service.cancel(line.job)
    return _shown(service, batch)


@router.delete("/v1/batches/{batch_id}", summary="Forget a batch; its videos stay")
def delete_batch(request: Request, batch: Mine, by: Asker) -> DeletedBatch:
    _service(request).batches.remove(by.owner, batch.id)
    return DeletedBatch(id=batch.id)


def _created(request: Request, by: Caller, form: Form) -> BatchReply:
    service = _service(request)
    batch_id = answered_once(request, by, f"batch {form.fingerprint()}", lambda: _begin(service, by, form))
    return _shown(service, _found(service, batch_id, by))


def _begin(service: Service, by: Caller, form: Form) -> str:
    """Check all rows, then queue them; where one cannot be queued after all, none stays."""
    orders = orders_of_rows(form)
    _check_room(service, by, len(orders))
    for number, own, order in orders:
        try:
            check_order(service, by, own, order, whole=True)
        except ApiError as error:
            raise of_row(error, number) from error
    taken: list[str] = []
    try:
        for number, own, order in orders:
            try:
                taken.append(submit(service, by, own, order))
            except ApiError as error:
                raise of_row(error, number) from error
    except BaseException:
        for job_id in taken:
            service.cancel(job_id)
            service.remove(job_id)
        raise
    return service.batches.keep(by.owner, [(number, job) for (number, *_), job in zip(orders, taken, strict=True)]).id


def _check_room(service: Service, by: Caller, rows: int) -> None:
    """ApiError 429 where the caller may not have so many unfinished videos."""
    try:
        check_quota(service, by, coming=rows)
    except ApiError as error:
        error.message = (
            f"The table has {rows} rows, and you may have {by.open_jobs} unfinished videos at a time: send fewer rows, "
            "or wait for those that are being made."
        )
        raise


def _found(service: Service, batch_id: str, by: Caller) -> Batch:
    batch = service.batches.get(by.owner, batch_id) if "\0" not in batch_id else None
    if batch is None:
        raise ApiError(404, "There is no such batch, or it is not yours.", "not_found", "batch_id")
    return batch


def _shown(service: Service, batch: Batch, whole: bool = True) -> BatchReply:
    videos = [_video(line) for line in service.batches.lines(batch)]
    counts: dict[str, int] = {}
    for video in videos:
        counts[video.status] = counts.get(video.status, 0) + 1
    done = sum(video.progress if video.status in OPEN else 100 for video in videos)
    return BatchReply(
        id=batch.id, created_at=int(batch.created_at), rows=len(videos), progress=done // max(1, len(videos)),
        counts=counts, videos=videos if whole else [],
    )  # fmt: skip


def _video(line: Line) -> BatchVideo:
    title = line.details.get("title")
    return BatchVideo(
        row=line.row,
        id=line.job,
        status=line.state or _GONE,
        progress=round(100 * line.progress),
        title=str(title) if title else None,
        error=restated(told_by_kind(line.error)) if line.error else None,
    )


def _harmless(value: object) -> object:
    """What a table program would take for a formula begins with a quotation mark."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
