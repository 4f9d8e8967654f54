"""Time used of daily limits: recording it, giving it back, looking it up."""

from __future__ import annotations

from flask import Response, request

from entitlements.steps.meter import UsageReport, Used, record_usage
from entitlements.store.licenses import license_value
from entitlements.store.listing import UsageFilter, list_usage, seconds_by_day
from entitlements.store.tables import License, UsageEntry
from entitlements.store.vault import new_token
from entitlements.web.api import told_licenses as told
from entitlements.web.api.answer import Answer, Call, answer, next_of, once, span, tell
from entitlements.web.api.asked import UsageQuery, UsageRequest
from entitlements.web.api.auth import authorize, deskgate
from entitlements.web.api.operation import Answers, Operation, serves
from entitlements.web.read_json import read_json, read_query

RECORD = Operation(
    "POST", "/usage", "usage:write", "Record time used, or give it back",
    (Answers(201, told.Used, "Recorded; with the total of the day it counts on."),),
    body=UsageRequest, idempotent_by_key=True)


@serves(RECORD)
def record_use() -> Response:
    """Each entry counts once: under its Idempotency-Key, or once for each call where there is none."""
    caller, wanted = authorize(RECORD.scope), read_json(request, UsageRequest)
    call = Call(caller, RECORD.path, deskgate().clock.now())
    report = UsageReport(
        customer=wanted.customer, seconds=wanted.seconds, source=f"api:{caller.id} {caller.name}"[:80],
        entry_key=call.key or new_token(), license=wanted.license, at=wanted.at, ticket_id=wanted.ticket,
        note=wanted.note)

    def make() -> tuple[Answer, Used]:
        used = record_usage(report, call.now)
        return answer(_used_told(used), 201), used

    made, _ = once(call, make)
    return made.response()


def _used_told(used: Used) -> told.Used:
    return told.Used(id=used.entry_id, license=used.license, day=used.day, used_seconds=used.used_seconds,
                    remaining_seconds=used.remaining_seconds)


@serves(Operation("GET", "/usage", "licenses:read", "List usage",
                  (Answers(200, told.Usages, "A page of entries, with the totals of their days."),), query=UsageQuery))
def get_usage() -> Response:
    """The newest entries first, and the totals of the days that they fall on."""
    wanted = read_query(request, UsageQuery)
    listed = list_usage(UsageFilter(wanted.customer, wanted.license, wanted.since, wanted.until), span(wanted))
    entries = [_entry_told(entry, license) for entry, license in listed.rows]
    return tell(told.Usages(usage=entries, days=_days_told(listed.rows), next=next_of(listed)))


def _entry_told(row: UsageEntry, license: License) -> told.Usage:
    return told.Usage(
        id=row.id, customer=license.customer.name, license=license.name, day=row.day, at=row.at, seconds=row.seconds,
        overrun_seconds=row.overrun, ticket=row.ticket_id, source=row.source,
        note=row.note)


def _days_told(rows: tuple[tuple[UsageEntry, License], ...]) -> list[told.Day]:
    """The totals of the days on which the entries fall, each day once."""
    met = {(license.id, entry.day): license for entry, license in rows}
    totals = seconds_by_day(met)
    days = []
    for (license_id, day), license in met.items():
        used, reserved = totals[license_id, day]
        limit = license_value(license).terms.daily_limit
        days.append(told.Day(
            customer=license.customer.name, license=license.name, day=day, used_seconds=used,
            reserved_seconds=reserved, limit_seconds=limit,
            remaining_seconds=None if limit is None else limit - used - reserved))
    return days
