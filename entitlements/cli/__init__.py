"""The commands under `flask --app app gateway`: for those who run Deskgate, and for `make`.

Results go to stdout, so that they can be piped; everything said about them goes to stderr. A command ends with 0, with
1 when it could not be done, and with 2 when it was typed wrongly.
"""

from __future__ import annotations

from flask import Flask

from entitlements.cli import connecting, trying  # noqa: F401  (they add their commands to `connection`)
from entitlements.cli.access import link, token, user
from entitlements.cli.connections import connection, redeliver_command, release_all_command
from entitlements.cli.customers import customer
from entitlements.cli.database import backup, check_database, move
from entitlements.cli.decide import decide
from entitlements.cli.demo import demo_ticket, seed_command
from entitlements.cli.holidays import holidays
from entitlements.cli.licenses import import_licenses_command
from entitlements.cli.running import serve, work
from entitlements.cli.schedule_edit import check, save
from entitlements.cli.schedules import schedule
from entitlements.cli.speaking import Gateway
from entitlements.cli.web_process import web
from entitlements.cli.words import set_settings, words

__all__ = ["register"]


def register(app: Flask) -> None:
    """Give the application its `gateway` commands."""
    gateway = Gateway("gateway", help="Run Deskgate and look after it.")
    for command in (check, save):
        schedule.add_command(command)
    for command in (set_settings, words):
        connection.add_command(command)
    for command in (serve, web, work, seed_command, demo_ticket, import_licenses_command, schedule, holidays,
                    connection, release_all_command, redeliver_command, customer, user, token, link, decide,
                    check_database, backup, move):
        gateway.add_command(command)
    app.cli.add_command(gateway)
