"""Users, API tokens, and customers' personal links. What is shown once is the only thing on stdout."""

from __future__ import annotations

from datetime import datetime, timedelta

import click
from flask.cli import with_appcontext

from entitlements.cli.speaking import ACTOR, Gateway, deskgate, now, remark, result, table
from entitlements.errors import Conflict, NotFound
from entitlements.helpdesk import Identity
from entitlements.rules.mail_domains import is_address, normal_address
from entitlements.store import access
from entitlements.store.customers import find_customer, identify
from entitlements.store.database import transaction
from entitlements.store.tables import ApiToken

user = Gateway("user", help="Agents and admins, who sign in.")
token = Gateway("token", help="Tokens for the REST API.")


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(access.ROLES), default=access.AGENT, show_default=True)
def add_user(name: str, role: str) -> None:
    """Add a user and print the generated password."""
    at = now()
    with transaction():
        made, password = access.add_user(name, role)
        access.audit(actor=ACTOR, action="user.add", subject=f"user:{made.name}", at=at, values={"role": role})
    remark(f"Added {role} {name}. The password, shown this once:")
    result(password)


@user.command("password")
@click.argument("name")
def new_password(name: str) -> None:
    """Give a user a new generated password, print it, and end the user's sessions."""
    at = now()
    with transaction():
        found = access.get_user(name)
        password = access.set_password(found)
        ended = access.revoke_sessions_of(found, at)
        access.audit(actor=ACTOR, action="user.password", subject=f"user:{found.name}", at=at)
    remark(f"{name} has a new password; {ended} sessions were ended. Shown this once:")
    result(password)


@token.command("add")
@click.option("--name", required=True)
@click.option("--scopes", required=True, metavar="A,B", help=f"Out of: {', '.join(access.SCOPES)}")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good for. [default: until revoked]")
def add_token(name: str, scopes: str, days: int | None) -> None:
    """Make an API token and print it alone."""
    at = now()
    with transaction():
        text = access.add_token(name, scopes.split(","), at, at + timedelta(days=days) if days else None)
        access.audit(actor=ACTOR, action="token.add", subject=f"token:{name}", at=at, values={"scopes": scopes})
    result(text)


@token.command("list")
def list_tokens() -> None:
    """List the API tokens; their text is kept nowhere."""
    at = now()
    table(("name", "state", "last used", "scopes"), [
        (each.name, _state(each, at),
         each.last_used_at.strftime("%Y-%m-%d %H:%M UTC") if each.last_used_at else "never",
         ",".join(each.scopes)) for each in access.all_tokens()])


def _state(token: ApiToken, at: datetime) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= at else "good"


@token.command("revoke")
@click.argument("name")
def revoke_token(name: str) -> None:
    """Make a token useless at once."""
    at = now()
    with transaction():
        access.revoke_token(name, at)
        access.audit(actor=ACTOR, action="token.revoke", subject=f"token:{name}", at=at)
    remark(f"Token {name} is revoked.")


@click.command("link")
@click.argument("email")
@click.option("--revoke", is_flag=True, help="End this person's sessions and unused links instead.")
@with_appcontext
def link(email: str, revoke: bool) -> None:
    """Print a personal submit link for a customer's EMAIL: good once, within a day."""
    contact, at = normal_address(email), now()
    if not is_address(contact):
        raise click.BadParameter(f"{email!r} is not a mail address", param_hint="EMAIL")
    if revoke:
        with transaction():
            ended = access.shut_out_contact(contact, at)
            access.audit(actor=ACTOR, action="link.revoke", subject=f"contact:{contact}", at=at)
        remark(f"Sessions of {contact} ended: {ended}. Links not used yet are useless now.")
        return
    with transaction():
        requester = identify(Identity(email=contact))
        if requester.is_ambiguous:
            raise Conflict(f"{contact} fits several customers: {', '.join(requester.candidates)}")
        customer = find_customer(requester.customer) if requester.customer else None
        if customer is None:
            raise NotFound(f"no customer is known for {contact}")
        text = access.add_link(customer.id, contact, at)
        access.audit(actor=ACTOR, action="link.add", subject=f"contact:{contact}", at=at)
    result(f"{deskgate().public_url}/submit/enter/{text}")
