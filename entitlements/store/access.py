"""Who may come in: agents and their sessions, customers' personal links, API tokens; and the audit of what was changed.

Of every token only a digest is stored, so that it can be shown once, when it is made, and never again. Functions that
write are called inside a transaction. Instants are aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from entitlements.errors import ConfigError, Conflict, NotFound
from entitlements.store.database import db
from entitlements.store.passwords import (
    LONGEST,
    SHORTEST,
    generate_password,
    hash_password,
    is_outdated,
    is_right,
)
from entitlements.store.tables import ApiToken, AuditEntry, Session, SubmitLink, User
from entitlements.store.vault import fingerprint, new_token

ADMIN, AGENT = "admin", "agent"
ROLES = (ADMIN, AGENT)
SCOPES = ("tickets:read", "tickets:write", "tickets:override", "usage:write", "licenses:read", "licenses:write",
          "schedules:write", "connections:write", "ops:read", "ops:write", "metrics:read", "audit:read")
TOKEN_PREFIX = "dg_"

AGENT_SESSION_LASTS = timedelta(hours=12)
CUSTOMER_SESSION_LASTS = timedelta(hours=8)
LINK_LASTS = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=1)


# Agents and admins


def add_user(name: str, role: str, password: str | None = None) -> tuple[User, str]:
    """A new user, and the password: a generated one, to be shown once, unless one was chosen.

    Raises ConfigError for a wrong name, role or password, and Conflict when the name is taken.
    """
    name = name.strip()
    if not name or len(name) > 120 or not name.isprintable():
        raise ConfigError("a user needs a name of at most 120 printable characters", field="name")
    if role not in ROLES:
        raise ConfigError(f"role must be one of {', '.join(ROLES)}, not {role!r}", field="role")
    if find_user(name):
        raise Conflict(f"there is a user named {name!r} already")
    user = User(name=name, role=role, password_hash="", temporary=False, disabled=False)
    chosen = set_password(user, password)
    db.session.add(user)
    db.session.flush()
    return user, chosen


def find_user(name: str) -> User | None:
    """The user of that name, case ignored."""
    wanted = name.strip().casefold()
    return next((user for user in all_users() if user.name.casefold() == wanted), None)


def get_user(name: str) -> User:
    """Raises NotFound."""
    user = find_user(name)
    if user is None:
        raise NotFound(f"there is no user named {name!r}")
    return user


def all_users() -> list[User]:
    return list(db.session.scalars(select(User).order_by(User.name)))


def set_password(user: User, password: str | None = None) -> str:
    """Give the user this password, or a generated one that is marked as temporary. Raises ConfigError."""
    if password is not None and not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(f"a password has {SHORTEST} to {LONGEST} characters", field="password")
    chosen = password or generate_password()
    user.password_hash, user.temporary = hash_password(chosen), password is None
    return chosen


def check_password(name: str, password: str) -> User | None:
    """The user, when name and password are right and the user is not disabled. Always takes about as long."""
    user = find_user(name)
    right = is_right(password[:LONGEST + 1], user.password_hash if user else None)
    return user if user and right and not user.disabled else None


def refresh_hash(user: User, password: str) -> None:
    """Hash a password that was just found right anew, should its hash be of weaker parameters than today's."""
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)


# Sessions


def start_session(user: User, now: datetime, device: str = "") -> str:
    """Sign a user in. Returns the session's token."""
    return _start(Session(user_id=user.id, contact=""), now, AGENT_SESSION_LASTS, device)


def start_customer_session(customer_id: int, contact: str, now: datetime, device: str = "") -> str:
    """Let a customer's contact in to the submit page. Returns the session's token."""
    return _start(Session(customer_id=customer_id, contact=contact), now, CUSTOMER_SESSION_LASTS, device)


def _start(session: Session, now: datetime, lasts: timedelta, device: str) -> str:
    token = new_token()
    session.token_hash, session.device = fingerprint(token), device[:200]
    session.created_at = session.seen_at = now
    session.expires_at = now + lasts
    db.session.add(session)
    db.session.flush()
    return token


def find_session(token: str, now: datetime) -> Session | None:
    """The session of that token, unless it has ended, was revoked, or its user is disabled."""
    session = db.session.scalar(select(Session).where(Session.token_hash == fingerprint(token)))
    if session is None or session.revoked_at is not None or session.expires_at <= now:
        return None
    return None if session.user is not None and session.user.disabled else session


def is_worth_touching(session: Session, now: datetime) -> bool:
    """True when the last mark is a minute old, so that not every page view writes."""
    return now - session.seen_at >= SEEN_EVERY


def touch_session(session: Session, now: datetime) -> None:
    """Mark that the session was used."""
    session.seen_at = now


def revoke_session(session_id: int, now: datetime) -> None:
    """End a session at once. Raises NotFound."""
    session = db.session.get(Session, session_id)
    if session is None:
        raise NotFound(f"there is no session {session_id}")
    session.revoked_at = session.revoked_at or now


def revoke_sessions_of(user: User, now: datetime, *, but: int | None = None) -> int:
    """End all sessions of a user, `but` one of them may stay. Returns how many ended."""
    return _revoke(now, Session.user_id == user.id, Session.id != (but or 0))


def shut_out_contact(contact: str, now: datetime) -> int:
    """End all sessions of a customer's contact, and make unused links useless. Returns how many sessions ended."""
    db.session.execute(update(SubmitLink).where(
        SubmitLink.contact == contact.lower(), SubmitLink.used_at.is_(None)).values(used_at=now))
    return _revoke(now, Session.contact == contact.lower(), Session.contact != "")


def _revoke(now: datetime, *which: ColumnElement[bool]) -> int:
    ended = update(Session).where(*which, Session.revoked_at.is_(None), Session.expires_at > now)
    return len(db.session.scalars(ended.values(revoked_at=now).returning(Session.id)).all())


def running_sessions(now: datetime) -> list[Session]:
    """All sessions that can be used now, the latest used first."""
    return list(db.session.scalars(
        select(Session).where(Session.revoked_at.is_(None), Session.expires_at > now).order_by(Session.seen_at.desc())))


# API tokens


def add_token(name: str, scopes: Iterable[str], now: datetime, expires_at: datetime | None = None) -> str:
    """Make an API token and return its text, which is kept nowhere. Raises ConfigError and Conflict."""
    wanted = tuple(dict.fromkeys(scope.strip() for scope in scopes if scope.strip()))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise ConfigError(f"{', '.join(unknown) or 'no scope'}: scopes are {', '.join(SCOPES)}", field="scopes")
    if not name.strip() or len(name.strip()) > 80 or not name.isprintable():
        raise ConfigError("a token needs a name of at most 80 printable characters", field="name")
    if db.session.scalar(select(ApiToken.id).where(ApiToken.name == name.strip())):
        raise Conflict(f"there is a token named {name.strip()!r} already")
    token = TOKEN_PREFIX + new_token()
    db.session.add(ApiToken(name=name.strip(), token_hash=fingerprint(token), scopes=list(wanted), created_at=now,
                            expires_at=expires_at))
    db.session.flush()
    return token


def find_token(token: str, now: datetime) -> ApiToken | None:
    """The token with that text, unless it was revoked or has expired."""
    if not token.startswith(TOKEN_PREFIX):
        return None
    valid = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now)
    return db.session.scalar(
        select(ApiToken).where(ApiToken.token_hash == fingerprint(token), ApiToken.revoked_at.is_(None), valid))


def all_tokens() -> list[ApiToken]:
    return list(db.session.scalars(select(ApiToken).order_by(ApiToken.name)))


def revoke_token(name: str, now: datetime) -> ApiToken:
    """Make a token useless at once. Raises NotFound."""
    token: ApiToken | None = db.session.scalar(select(ApiToken).where(ApiToken.name == name))
    if token is None:
        raise NotFound(f"there is no token named {name!r}")
    token.revoked_at = token.revoked_at or now
    return token


# Personal links for customers


def add_link(customer_id: int, contact: str, now: datetime) -> str:
    """A personal link's token for a customer's contact, good once within a day."""
    token = new_token()
    db.session.add(SubmitLink(token_hash=fingerprint(token), contact=contact.lower(), customer_id=customer_id,
                              expires_at=now + LINK_LASTS))
    db.session.flush()
    return token


def use_link(token: str, now: datetime, device: str = "") -> str | None:
    """Turn a link into a session and return the session's token; None for one unknown, used or too old."""
    digest = fingerprint(token)
    used = update(SubmitLink).values(used_at=now).where(
        SubmitLink.token_hash == digest, SubmitLink.used_at.is_(None), SubmitLink.expires_at > now)
    link = db.session.execute(used.returning(SubmitLink.customer_id, SubmitLink.contact)).one_or_none()
    if link is None:
        return None
    return start_customer_session(link.customer_id, link.contact, now, device)


# Audit


def audit(*, actor: str, action: str, subject: str, at: datetime, reason: str = "",
          values: Mapping[str, Any] | None = None) -> None:
    """Write down who changed what, when and why, in the transaction of the change. Holds no ticket text."""
    db.session.add(AuditEntry(at=at, actor=actor[:120], action=action[:60], subject=subject[:160], reason=reason[:500],
                              values=dict(values or {})))
