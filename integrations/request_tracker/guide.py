"""What to do in Request Tracker to connect it: an account, custom fields, a scrip, and what makes others wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Step, later
from integrations.desk.mapping import DeskMapping, Stage
from integrations.desk.ticket import PREFIX, QUEUED_TAG, Standing
from integrations.request_tracker.api import literal
from integrations.request_tracker.scrip import SECRET, code, quoted
from integrations.request_tracker.settings import USUAL_STATUS, RtSettings, names

RIGHTS = ("ShowTicket, ShowTicketComments, SeeQueue, CreateTicket, ModifyTicket, ReplyToTicket, CommentOnTicket, "
          "SeeCustomField, ModifyCustomField")
SAFETY_NET = "15 minutes ago"
CRONTOOL = "/opt/rt6/bin:/opt/rt5/bin:/usr/bin"


def steps(address: str, config: ConnectionConfig, mapping: DeskMapping, settings: RtSettings) -> Sequence[Step]:
    """The exact steps, in the order in which they are to be done."""
    return (*_access(names(mapping, settings)), *_webhooks(address, mapping, settings),
            *later(_rules(mapping, settings)))


def _access(fields: Mapping[str, str]) -> Iterator[Step]:
    yield Step("Make an account", "Admin > Users > Create: a user for Deskgate alone. Tick \"Let this user be granted "
               f"rights\". Admin > Global > User Rights (or in each queue): grant it {RIGHTS}. DeleteTicket is only "
               "needed to take away what a rehearsal leaves.")
    yield Step("Make a token", "Admin > Users > that account > Auth Tokens > Create, signed in as an administrator; "
               "without that entry you lack the right ManageAuthTokens. Give the token to Deskgate: it is shown once. "
               "Where there are no auth tokens, give user:password instead.")
    yield Step("Make the custom fields", "Admin > Custom Fields > Create, each of the type \"Enter one value\" that "
               "applies to Tickets; the one for tags is of the type \"Enter multiple values\". Apply each to all the "
               "queues that tickets are moved between, or globally.", "\n".join(sorted(set(fields.values()))))


def _webhooks(address: str, mapping: DeskMapping, settings: RtSettings) -> Iterator[Step]:
    told = {settings.tags_field, settings.product_field, settings.external_id_field,
            mapping.fields.get("outcome_field", "")} - {""}
    yield Step("Add the scrip", "Admin > Global > Scrips > Create; the right ExecuteCode shows the fields for code. "
               "Description: Deskgate. Condition: User Defined. Action: User Defined. Template: Blank. Stage: Batch. "
               "Put the code below into \"Custom action commit code\", with the secret of this connection in the place "
               f"of {SECRET}. $UseTransactionBatch must be on, as it is by default. If the address begins with https, "
               "Perl needs IO::Socket::SSL there (Debian: libio-socket-ssl-perl). What cannot be sent is a warning in "
               "Request Tracker's log.",
               code(address, SECRET, told))
    yield Step("Let it run always", "Put this into \"Custom condition\" and into \"Custom action preparation code\" of "
               "the same scrip.", "return 1;")


def _rules(mapping: DeskMapping, settings: RtSettings) -> Iterator[Step]:
    field, wanted = _mark(mapping, settings)
    yield Step("Have rules wait for Deskgate", "Scrips that assign, page or answer automatically must wait for "
               "Deskgate's mark: change their condition to User Defined, stage Batch, with this code.",
               _when_marked(field, wanted))
    yield Step("Have agents see what is theirs, with a safety net", "Build the list that agents work from by this "
               f"search: what Deskgate has let go, and what it has not marked within {SAFETY_NET.split(' ago')[0]}, "
               "should it be gone.", _list_of_agents(field, wanted, _queued(settings), _held(mapping)))
    yield _wake(mapping, settings)
    if settings.tags_field:
        yield Step("Only where notice is by tag", "Add a scrip with this condition, stage Batch, action Notify "
                   "Requestors, and a template of your own, which may quote the custom field named by notice_field.",
                   _when_marked(settings.tags_field, [f"{PREFIX}tell_{each}" for each in ("queued", "rejected")]))


def _mark(mapping: DeskMapping, settings: RtSettings) -> tuple[str, list[str]]:
    if settings.tags_field:
        return settings.tags_field, [f"{PREFIX}routed", f"{PREFIX}triage"]
    return mapping.fields["outcome_field"], [Stage.ROUTE.value, Stage.TRIAGE.value]


def _queued(settings: RtSettings) -> str:
    return QUEUED_TAG if settings.tags_field else Stage.QUEUE.value


def _held(mapping: DeskMapping) -> str:
    return mapping.statuses[Stage.QUEUE].usual or USUAL_STATUS[Standing.HELD]


def _when_marked(field: str, wanted: list[str]) -> str:
    """A condition that holds when an update sets a custom field to one of some values."""
    return (f"my $cf = $self->TicketObj->LoadCustomFieldByIdentifier({quoted(field)});\n"
            "return scalar grep { $_->Type eq 'CustomField' && $_->Field == $cf->Id\n"
            f"    && ( $_->NewValue || '' ) =~ /^(?:{'|'.join(wanted)})$/ }}\n"
            "    @{ $self->TicketObj->TransactionBatch || [ $self->TransactionObj ] };")


def _named(field: str) -> str:
    """A custom field as TicketSQL names it."""
    return literal(f"CF.{{{field}}}")


def _list_of_agents(field: str, wanted: list[str], queued: str, held: str) -> str:
    """With what was queued and is not held any more: people, or cron, have woken it."""
    marked = " OR ".join(f"{_named(field)} = {literal(each)}" for each in wanted)
    return (f"Status = '__Active__' AND ( {marked}\n"
            f"    OR ( {_named(field)} = {literal(queued)} AND Status != {literal(held)} )\n"
            f"    OR ( {_named(field)} IS NULL AND Created < '{SAFETY_NET}' ) )")


def _wake(mapping: DeskMapping, settings: RtSettings) -> Step:
    """Request Tracker wakes nothing by itself: cron does, where the release stands in a custom field."""
    release = mapping.fields.get("release_field", "")
    mark = f"{_named(_mark(mapping, settings)[0])} = {literal(_queued(settings))}"
    query = f"Status = {literal(_held(mapping))} AND {mark} AND {_named(release)} < '$(date -u +%Y-%m-%dT%H:%M:%SZ)'"
    if not release:
        return Step("Wake tickets if Deskgate is gone", "Set release_field, the custom field that is told when a "
                    "queued ticket is released: then this guide prints a line for cron that opens what is overdue.")
    return Step("Wake tickets if Deskgate is gone", "Save this as an executable file on the server of Request Tracker, "
                "and have cron run it every five minutes, as root or as another user that stands as the Unix login of "
                "an account in Request Tracker. It opens what should have been released.",
                f"#!/bin/sh\nPATH={CRONTOOL}:$PATH\nrt-crontool --search RT::Search::FromSQL \\\n"
                f"    --search-arg \"{query}\" \\\n    --action RT::Action::SetStatus --action-arg open")
