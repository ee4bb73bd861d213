"""A table of values and the fields of a video → one order a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import Field

from avatar.core.errors import GovorunError
from avatar.core.reasons import Message, reworded
from orchestrator.api.errors import ApiError, api_error_of
from orchestrator.api.form.fields import Uploaded, VideoFields
from orchestrator.api.form.orders import Order, order_of
from orchestrator.api.form.parse import Form, json_of
from orchestrator.api.form.productions import PRODUCTION, Sent, order_of_sent, sent_in
from orchestrator.productions.batch import Row, read_rows, rows_of

__all__ = ["MOST_ROWS", "BatchFields", "of_row", "orders_of_rows"]

MOST_ROWS = 1000
"""Of one request; larger tables are sent in parts."""


class BatchFields(VideoFields):  # type: ignore[valid-type, misc]
    """Many videos: ``{{column}}`` in any text stands for the value of the row."""

    data: Uploaded | None = Field(
        None,
        description=f"a CSV with a line of column names, or JSON lines; at most {MOST_ROWS} rows. Needed where no "
        "production holds data",
    )
    production: dict[str, Any] | None = PRODUCTION


def orders_of_rows(form: Form) -> list[tuple[int, Form, Order]]:
    """The number of each row, its own fields, and its order; ApiError names the row and what is wrong with it."""
    sent = sent_in(form)
    if sent is not None:
        return _orders_of_production(sent)
    data = form.files.get("data")
    if data is None:
        raise ApiError(400, Message("table_missing"), "missing_data", "data")
    plain = replace(form, files={name: upload for name, upload in form.files.items() if name != "data"})
    return [
        (row.number, *_order(row, replace(plain, fields=fields)))
        for row, fields in _filled(lambda: read_rows(data.path), _opened(form.fields))
    ]


def _orders_of_production(sent: Sent) -> list[tuple[int, Form, Order]]:
    """Rows of the document, or of a table that came with it."""
    data, production = sent.production.data, sent.production
    table = sent.parts.get("data" if data is None else data) if data is None or isinstance(data, str) else None
    if table is None and (data is None or isinstance(data, str)):
        wrong = Message("table_missing") if data is None else f"/data: no file {data[:80]!r}."
        raise ApiError(400, wrong, "missing_data", "data" if data is None else "production")
    template = {"beside": sent.beside, "production": production.template()}
    orders = []
    for row, values in _filled(lambda: production.rows() if table is None else read_rows(table.path), template):
        one = replace(sent, production=production.filled(values["production"]), beside=values["beside"])
        try:
            orders.append((row.number, *order_of_sent(one)))
        except ApiError as error:
            raise of_row(error, row.number) from error
    return orders


def _filled(read: Callable[[], list[Row]], template: dict[str, Any]) -> list[tuple[Row, dict[str, Any]]]:
    """The rows that ``read`` gives, each with ``template`` filled; ApiError for too many, and for values that lack."""
    try:
        rows = read()
        if len(rows) > MOST_ROWS:
            message = Message("table_request_rows", rows=len(rows), most=MOST_ROWS)
            raise ApiError(400, message, "too_many_rows", "data")
        return rows_of(rows, template)
    except GovorunError as error:
        told = api_error_of(error)
        told.param = "data"
        raise told from error


def _opened(fields: dict[str, Any]) -> dict[str, Any]:
    """Scenes as what they hold: a value with a quotation mark must not break their JSON."""
    scenes = fields.get("scenes")
    if not isinstance(scenes, str) or not scenes:
        return fields
    try:
        return {**fields, "scenes": json_of(scenes)}
    except ValueError:
        return fields


def _order(row: Row, form: Form) -> tuple[Form, Order]:
    try:
        return form, order_of(form)
    except ApiError as error:
        raise of_row(error, row.number) from error


def of_row(error: ApiError, number: int) -> ApiError:
    """``error``, said of the row of this number."""
    error.message = reworded(f"Row {number}: {error.message}", error.message, row=number)
    return error
