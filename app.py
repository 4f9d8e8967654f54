"""The application factory, and the only wiring: settings, database, helpdesks, gate, pages, commands."""

from __future__ import annotations

from entitlements.starting import started  # before all others

# isort: split
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import cast

from flask import Flask
from flask.cli import NoAppException
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from entitlements.cli import register as register_commands
from entitlements.clock import Clock, SystemClock
from entitlements.engine.protocol import Engine
from entitlements.engine.threads import ThreadEngine
from entitlements.engine.worker import Worker, new_name
from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig, Helpdesk, Permit
from entitlements.rules.decision import Policy
from entitlements.settings import Settings, load_settings
from entitlements.steps.claims import SILENT_FOR
from entitlements.steps.context import Deskgate
from entitlements.store.database import db, init_database
from entitlements.store.inbox import DatabaseInbox
from entitlements.store.leadership import Leadership
from entitlements.store.vault import Vault
from entitlements.web import api, hooks, operations, pages
from entitlements.web.gate import Gate
from entitlements.web.headers import add_security_headers
from entitlements.web.logs import mask_secrets
from integrations import KINDS, Tools, build
from integrations.http import HttpClient

started()
HERE = Path(__file__).resolve().parent
PAGE_BYTES = 512 * 1024


def create_app(config: Mapping[str, object] | None = None) -> Flask:
    """Make the application. `config` goes before the environment; a `CLOCK` in it stands in for the machine's."""
    app = Flask("deskgate", root_path=str(HERE), template_folder="templates", static_folder="static")
    try:
        settings = install(app, config)
    except ConfigError as error:
        raise NoAppException(f"Deskgate cannot start: {error}") from error
    app.config.update(
        MAX_CONTENT_LENGTH=max(settings.MAX_HOOK_BYTES, PAGE_BYTES), SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.SECURE_COOKIES, WTF_CSRF_TIME_LIMIT=None)
    _add_web(app, settings)
    register_commands(app)
    return app


def install(app: Flask, config: Mapping[str, object] | None = None) -> Settings:
    """Give a Flask application Deskgate's own state, and no pages: enough for a `Gate` in front of its own views."""
    config = dict(config or {})
    clock = cast(Clock, config.pop("CLOCK", None) or SystemClock())
    settings = load_settings(config)
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or settings.SECRET_KEY
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.DATABASE_URL
    app.extensions["deskgate_settings"] = settings
    app.extensions["deskgate_vault"] = Vault(settings.vault_keys)
    app.extensions["deskgate"] = _deskgate(settings, clock)
    init_database(app)
    Migrate(app, db, directory=str(HERE / "migrations"), render_as_batch=True)
    app.extensions["deskgate_worker"] = partial(_worker, app, settings.RAW_DAYS)
    return settings


def _worker(app: Flask, raw_days: int, threads: int) -> Worker:
    """A worker of this process, with the engine that fits the database."""
    engine: Engine = ThreadEngine(threads)
    if db.engine.dialect.name == "postgresql":
        from entitlements.engine.postgres import PostgresEngine  # takes a while to load, and SQLite needs none of it

        url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        engine = PostgresEngine(url, lambda: db.session.connection().connection.dbapi_connection, threads)
    deskgate, name = app.extensions["deskgate"], new_name()
    return Worker(deskgate, app.app_context, engine, Leadership(name, deskgate.clock.now, SILENT_FOR), name=name,
                  raw_days=raw_days)


def _deskgate(settings: Settings, clock: Clock) -> Deskgate:
    http = HttpClient(allow_loopback=settings.ALLOW_LOOPBACK, clock=clock)
    tools = Tools(http=http, clock=clock, inbox=DatabaseInbox())

    def helpdesk(config: ConnectionConfig, permit: Permit | None = None) -> Helpdesk:
        return build(config, replace(tools, http=http.permitted(permit)) if permit else tools)

    return Deskgate(
        clock=clock, policy=Policy(settings.UNKNOWN_CUSTOMER, settings.CONTACT_NOT_COVERED),
        public_url=settings.public_url, helpdesk=helpdesk, renewal_contact=settings.RENEWAL_CONTACT,
        default_connection=settings.DEFAULT_CONNECTION, kinds=KINDS,
        look_every=timedelta(minutes=settings.RECONCILE_MINUTES))


def _add_web(app: Flask, settings: Settings) -> None:
    mask_secrets()
    if settings.TRUSTED_PROXIES:
        hops = settings.TRUSTED_PROXIES
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    csrf = CSRFProtect(app)
    app.extensions["deskgate_limiter"] = limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    gate = Gate(app)
    gate.guard_hooks(app, hooks.bp)
    for blueprint in (hooks.bp, *api.blueprints, operations.bp):
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    pages.init_app(app, gate, limiter)
    gate.guard_endpoint(app, api.TICKET_ENDPOINT, api.decide_ticket)
    add_security_headers(app)


