"""How much of Zendesk is read at once, how often, and what a look for lost webhooks finds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, EventKind
from integrations.zendesk import Zendesk
from tests.integrations.stories import Connected
from tests.integrations.zendesk_parts import bench_of
from tests.standins.zendesk.parts import ADMIN, TIME_FIELD

# --- Limits ----------------------------------------------------------------------------------------------------------


def test_zendesk_names_its_wait_when_there_were_too_many_updates(desk_zendesk: Connected) -> None:
    bench_of(desk_zendesk).account.per_minute = 1
    tickets = [desk_zendesk.bench.opens() for _ in range(2)]
    desk_zendesk.apply(desk_zendesk.owed(Action.ROUTE, tickets[0]))
    with pytest.raises(DeliveryError) as caught:
        desk_zendesk.apply(desk_zendesk.owed(Action.ROUTE, tickets[1]))
    assert (caught.value.is_busy, caught.value.retry_after) == (True, 17.0)


def test_a_usual_connection_writes_forty_times_a_minute(desk_zendesk: Connected) -> None:
    assert desk_zendesk.helpdesk.limits().ours_per_minute == 40
    receipt = desk_zendesk.bring(Action.ROUTE, desk_zendesk.bench.opens())
    assert receipt.quota is not None
    assert (receipt.quota.limit, receipt.quota.remaining) == (700, 699)


def test_a_history_too_long_for_one_answer_is_read_in_smaller_pages(desk_zendesk: Connected) -> None:
    ticket_id = desk_zendesk.bench.opens()
    for number in range(12):
        desk_zendesk.bench.agent_notes(ticket_id, f"{number} " + "x" * 60_000)
    desk_zendesk.clock.go_on(minutes=1)
    desk_zendesk.bench.customer_writes(ticket_id, "Still there?")
    whole = desk_zendesk.helpdesk.whole(ticket_id)
    assert (len(whole.entries), whole.last_word) == (14, desk_zendesk.clock.now())


def test_a_comment_made_private_later_is_no_answer(desk_zendesk: Connected) -> None:
    ticket_id = desk_zendesk.bench.opens()
    desk_zendesk.bench.agent_answers(ticket_id)
    audits = bench_of(desk_zendesk).account.audits[int(ticket_id)]
    comment = audits[-1]["events"][0]
    audits.append({**audits[-1], "id": 1, "events": [
        {"id": 2, "type": "CommentPrivacyChange", "comment_id": comment["id"], "public": False}]})
    assert not desk_zendesk.helpdesk.read(ticket_id).answered


# --- Looking for what was not told -----------------------------------------------------------------------------------


def found(desk: Connected, minutes: float = 30) -> list[tuple[EventKind, str]]:
    since = desk.clock.now() - timedelta(minutes=minutes)
    return [(event.kind, event.ticket_id) for event in desk.helpdesk.find_changed(since)]


def test_a_look_leaves_the_last_minute_to_the_next_one(desk_zendesk: Connected) -> None:
    """As Zendesk does; looks overlap by more."""
    bench_of(desk_zendesk).api.export_lag = 60
    ticket_id = desk_zendesk.bench.opens()
    assert found(desk_zendesk, minutes=0) == []
    desk_zendesk.clock.go_on(minutes=2)
    assert found(desk_zendesk) == [(EventKind.CREATED, ticket_id)]


def test_what_the_export_lists_from_before_is_passed_over(desk_zendesk: Connected) -> None:
    """It cannot be asked to begin within the last minute."""
    desk_zendesk.bench.opens()
    desk_zendesk.clock.go_on(seconds=30)
    assert found(desk_zendesk, minutes=0) == []
    assert len(found(desk_zendesk, minutes=1)) == 1


def test_a_look_finds_what_was_deleted_and_merged(desk_zendesk: Connected) -> None:
    bench = bench_of(desk_zendesk)
    deleted, source, target = bench.opens(), bench.opens(), bench.opens()
    desk_zendesk.clock.go_on(minutes=1)
    bench.deletes(deleted)
    bench.merges(source, into=target)
    assert found(desk_zendesk) == [(EventKind.CREATED, target), (EventKind.DELETED, deleted),
                                   (EventKind.MERGED, source)]


def test_an_account_that_is_no_admin_is_told_why_it_cannot_look(desk_zendesk: Connected) -> None:
    bench_of(desk_zendesk).account.users[ADMIN]["role"] = "agent"
    with pytest.raises(DeliveryError, match="admins only") as caught:
        found(desk_zendesk)
    assert caught.value.kind == "refused", "the connection as a whole works, and must not be paused"


def test_time_is_counted_by_how_much_the_total_grew_also_downwards(desk_zendesk: Connected) -> None:
    bench, ticket_id = bench_of(desk_zendesk), desk_zendesk.bench.opens()
    for seconds in (60, 60, -30):
        desk_zendesk.clock.go_on(minutes=1)
        bench.agent_logs(ticket_id, seconds)
    events = [event for event in desk_zendesk.helpdesk.find_changed(desk_zendesk.clock.now() - timedelta(hours=1))
              if event.kind is EventKind.TIME_LOGGED]
    assert [event.seconds for event in events] == [60, 60, -30]
    told = [event for event in desk_zendesk.happened() if event.kind is EventKind.TIME_LOGGED]
    assert [(event.key, event.entry_id) for event in told] == [(event.key, event.entry_id) for event in events]


def test_time_is_counted_in_a_field_of_ones_own(desk_zendesk: Connected) -> None:
    account = bench_of(desk_zendesk).account
    account.fields[TIME_FIELD]["title"] = "Arbeitszeit"
    for named in ("Arbeitszeit", str(TIME_FIELD)):
        desk = desk_zendesk.set(time_field=named)
        ticket_id = desk.bench.opens()
        desk.bench.agent_logs(ticket_id, 90)
        assert [event.seconds for event in desk.happened() if event.kind is EventKind.TIME_LOGGED] == [90]
        helpdesk = desk.helpdesk
        assert isinstance(helpdesk, Zendesk)
        assert [each.seconds for each in helpdesk.logged(helpdesk.whole(ticket_id))] == [90]
