"""A table of values and the fields of a video → one order a row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import Field

from avatar.core.errors import GovorunError
from avatar.core.reasons import reworded
from orchestrator.api.errors import ApiError, api_error_of
from orchestrator.api.form.fields import Uploaded, VideoFields
from orchestrator.api.form.orders import Order, order_of
from orchestrator.api.form.parse import Form, json_of
from orchestrator.productions.batch import Row, read_rows, rows_of

__all__ = ["MOST_ROWS", "BatchFields", "of_row", "orders_of_rows"]

MOST_ROWS = 1000
"""Of one request; larger tables are sent in parts."""


class BatchFields(VideoFields):  # type: ignore[valid-type, misc]
    """Many videos: ``{{column}}`` in any text stands for the value of the row."""

    data: Uploaded | None = Field(
        None, description=f"a CSV with a line of column names, or JSON lines; at most {MOST_ROWS} rows"
    )


def orders_of_rows(form: Form) -> list[tuple[int, Form, Order]]:
    """The number of each row, its own fields, and its order; ApiError names the row and what is wrong with it."""
    data = form.files.get("data")
    if data is None:
        raise ApiError(400, "Send the table as a file: a CSV, or JSON lines.", "missing_data", "data")
    plain = replace(form, files={name: upload for name, upload in form.files.items() if name != "data"})
    try:
        rows = read_rows(data.path)
        if len(rows) > MOST_ROWS:
            raise ApiError(
                400, f"The table has {len(rows):,} rows, one request takes {MOST_ROWS:,}: send it in parts.",
                "too_many_rows", "data",
            )  # fmt: skip
        filled = rows_of(rows, _opened(form.fields))
    except GovorunError as error:
        told = api_error_of(error)
        told.param = "data"
        raise told from error
    return [(row.number, *_order(row, replace(plain, fields=fields))) for row, fields in filled]


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
