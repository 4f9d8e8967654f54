"""The text of a license file, CSV or JSON, as rows. Everything wrong in it is collected, so that one look mends all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

from entitlements.errors import ConfigError
from entitlements.rules.license_fields import Problem, header_problems, known_columns
from entitlements.rules.license_row import LicenseRow, parse_row

HEADER = 1
LARGEST = 32 * 1024 * 1024


@dataclass(frozen=True)
class LicenseFile:
    """What a file says, and all that is wrong with it. Rows of a CSV are counted as a spreadsheet does, the header
    being row 1; objects of a JSON list from 1."""

    rows: tuple[LicenseRow, ...]
    problems: tuple[Problem, ...]
    count: int


def read_license_file(content: bytes) -> LicenseFile:
    """Read a whole file. Raises ConfigError for one that is no CSV and no JSON at all."""
    if len(content) > LARGEST:
        raise ConfigError(f"the file is larger than {LARGEST // 1024 // 1024} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8 text") from None
    if not text.strip():
        raise ConfigError("the file is empty")
    return _read_json(text) if text.lstrip()[0] in "[{" else _read_csv(text)


def _read_csv(text: str) -> LicenseFile:
    try:
        lines = [line for line in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), HEADER)
                 if any(cell.strip() for cell in line[1])]
    except csv.Error as error:
        raise ConfigError(f"the file is not readable as CSV: {error}") from None
    (number, header), *rest = lines
    wrong = header_problems(number, header)
    columns = known_columns(header)
    found = _collect({line: _cells(columns, cells) for line, cells in rest})
    ragged = [Problem(line, "", f"has {len(cells)} cells, and the header only {len(header)}")
              for line, cells in rest if any(cell.strip() for cell in cells[len(header):])]
    return LicenseFile(found.rows, (*wrong, *sorted((*ragged, *found.problems), key=lambda each: each.row)), len(rest))


def _cells(columns: Mapping[str, int], cells: list[str]) -> dict[str, object]:
    return {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}


def _read_json(text: str) -> LicenseFile:
    try:
        written = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the file is not readable as JSON: {error}") from None
    if not isinstance(written, list):
        raise ConfigError("a license file in JSON is a list of objects")
    stray = [Problem(number, "", "is not an object") for number, each in enumerate(written, 1)
             if not isinstance(each, dict)]
    found = _collect({number: each for number, each in enumerate(written, 1) if isinstance(each, dict)})
    return LicenseFile(found.rows, (*stray, *found.problems), len(written))


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(f"the file has the same field twice in one object: {twice!r}", field=twice)
    return made


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")


def _collect(written: Mapping[int, Mapping[str, object]]) -> LicenseFile:
    rows: list[LicenseRow] = []
    problems: list[Problem] = []
    for number, cells in written.items():
        row, wrong = parse_row(number, cells)
        problems += wrong
        rows += [row] if row else []
    return LicenseFile(tuple(rows), tuple(problems), len(written))
