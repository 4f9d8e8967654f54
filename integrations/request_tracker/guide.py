"""What to do in Request Tracker to connect it: an account, custom fields, a scrip, and what makes others wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Step
from integrations.desk.mapping import DeskMapping, Stage
from integrations.desk.ticket import PREFIX, QUEUED_TAG
from integrations.request_tracker.api import literal
from integrations.request_tracker.scrip import SECRET, code
from integrations.request_tracker.settings import RtSettings, names

RIGHTS = ("ShowTicket, ShowTicketComments, SeeQueue, CreateTicket, ModifyTicket, ReplyToTicket, CommentOnTicket, "
          "SeeCustomField, ModifyCustomField")
SAFETY_NET = "15 minutes ago"


def steps(address: str, config: ConnectionConfig, mapping: DeskMapping, settings: RtSettings) -> Sequence[Step]:
    """The exact steps, in the order in which they are to be done."""
    return (*_access(names(mapping, settings)), *_webhooks(address, mapping, settings), *_rules(mapping, settings))


def _access(fields: Mapping[str, str]) -> Iterator[Step]:
    yield Step("Make an account", "Admin > Users > Create: a user for Deskgate alone. Tick \"Let this user be granted "
               f"rights\". Admin > Global > User Rights (or in each queue): grant it {RIGHTS}. DeleteTicket is only "
               "needed to take away what a rehearsal leaves.")
    yield Step("Make a token", "Sign in as that account: Logged in as > Settings > Auth Tokens > Create. Give the "
               "token to Deskgate. Where there are no auth tokens, give user:password instead.")
    yield Step("Make the custom fields", "Admin > Custom Fields > Create, each of the type \"Enter one value\" that "
               "applies to Tickets; the one for tags is of the type \"Enter multiple values\". Apply each to all the "
               "queues that tickets are moved between, or globally.", "\n".join(sorted(set(fields.values()))))


def _webhooks(address: str, mapping: DeskMapping, settings: RtSettings) -> Iterator[Step]:
    told = {settings.tags_field, settings.product_field, settings.external_id_field,
            mapping.fields.get("outcome_field", "")} - {""}
    yield Step("Add the scrip", "Admin > Global > Scrips > Create. Description: Deskgate. Condition: User Defined. "
               "Action: User Defined. Template: Blank. Stage: Batch. Put the code below into \"Custom action commit "
               f"code\", with the secret of this connection in the place of {SECRET}. $UseTransactionBatch must be on, "
               "as it is by default.", code(address, SECRET, told))
    yield Step("Let it run always", "Put this into \"Custom condition\" and into \"Custom action preparation code\" of "
               "the same scrip.", "return 1;")


def _rules(mapping: DeskMapping, settings: RtSettings) -> Iterator[Step]:
    field, wanted = _mark(mapping, settings)
    yield Step("Have rules wait for Deskgate", "Scrips that assign, page or answer automatically must wait for "
               "Deskgate's mark: change their condition to User Defined, stage Batch, with this code.",
               _when_marked(field, wanted))
    yield Step("Have agents see what is theirs, with a safety net", "Build the list that agents work from by this "
               f"search: what Deskgate has let go, and what it has not marked within {SAFETY_NET.split(' ago')[0]}, "
               "should it be gone.", _list_of_agents(field, wanted))
    yield _wake(mapping, settings)
    if settings.tags_field:
        yield Step("Only where notice is by tag", "Add a scrip with this condition, stage Batch, action Notify "
                   "Requestors, and a template of your own, which may quote the custom field named by notice_field.",
                   _when_marked(settings.tags_field, [f"{PREFIX}tell_{each}" for each in ("queued", "rejected")]))


def _mark(mapping: DeskMapping, settings: RtSettings) -> tuple[str, list[str]]:
    if settings.tags_field:
        return settings.tags_field, [f"{PREFIX}routed", f"{PREFIX}triage"]
    return mapping.fields["outcome_field"], [Stage.ROUTE.value, Stage.TRIAGE.value]


def _when_marked(field: str, wanted: list[str]) -> str:
    """A condition that holds when an update sets a custom field to one of some values."""
    return (f"my $cf = $self->TicketObj->LoadCustomFieldByIdentifier('{field}');\n"
            "return scalar grep { $_->Type eq 'CustomField' && $_->Field == $cf->Id\n"
            f"    && ( $_->NewValue || '' ) =~ /^(?:{'|'.join(wanted)})$/ }}\n"
            "    @{ $self->TicketObj->TransactionBatch || [ $self->TransactionObj ] };")


def _named(field: str) -> str:
    """A custom field as TicketSQL names it."""
    return literal(f"CF.{{{field}}}")


def _list_of_agents(field: str, wanted: list[str]) -> str:
    marked = " OR ".join(f"{_named(field)} = {literal(each)}" for each in wanted)
    return (f"Status = '__Active__' AND ( {marked}\n"
            f"    OR ( {_named(field)} IS NULL AND Created < '{SAFETY_NET}' ) )")


def _wake(mapping: DeskMapping, settings: RtSettings) -> Step:
    """Request Tracker wakes nothing by itself: cron does, where the release stands in a custom field."""
    release = mapping.fields.get("release_field", "")
    status = mapping.statuses[Stage.QUEUE].usual or "stalled"
    mark = (f"{_named(settings.tags_field)} = {literal(QUEUED_TAG)}" if settings.tags_field
            else f"{_named(mapping.fields['outcome_field'])} = {literal(Stage.QUEUE)}")
    query = f"Status = {literal(status)} AND {mark} AND {_named(release)} < '$(date -u +%Y-%m-%dT%H:%M:%SZ)'"
    if not release:
        return Step("Wake tickets if Deskgate is gone", "Set release_field, the custom field that is told when a "
                    "queued ticket is released: then this guide prints a line for cron that opens what is overdue.")
    return Step("Wake tickets if Deskgate is gone", "Save this as an executable file on the server of Request Tracker, "
                "and have cron run it every five minutes. It opens what should have been released.",
                f"#!/bin/sh\n/opt/rt/bin/rt-crontool --search RT::Search::FromSQL \\\n    --search-arg \"{query}\" \\\n"
                "    --action RT::Action::SetStatus --action-arg open")
