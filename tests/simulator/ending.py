"""What must hold at the end of a week, when faults have stopped and all has settled."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from entitlements.store.invariants import broken_invariants
from tests.simulator.customers import BY_NAME
from tests.simulator.desk import AGENTS, OVER, REOPENED, US, Fields
from tests.simulator.promises import Broken, expect

if TYPE_CHECKING:
    from tests.simulator.world import World

SEVERITY = {1: "urgent", 2: "high", 3: "normal", 4: "low", 5: "low"}
TICKETS = """
    SELECT t.*, c.name AS customer, (SELECT group_concat(d.state) FROM deliveries d WHERE d.ticket_id = t.id) AS states
    FROM tickets t LEFT JOIN customers c ON c.id = t.customer_id WHERE t.remote_id IS NOT NULL"""


def judge_the_end(world: World) -> None:
    """Look at all of it. Raises Broken."""
    _acknowledged_is_stored(world)
    _submitted_exists_once(world)
    _as_in_the_helpdesk(world)
    _time_is_counted_once(world)
    _taken_by_somebody(world)
    with world.stage.web.app_context():
        for each in broken_invariants(world.clock.now()):
            raise Broken("the rows fit together", str(each))
    left = world.view.rows("SELECT id, state, tries, detail FROM deliveries "
                           "WHERE state IN ('waiting', 'sending', 'dead')")
    expect(not left, "all is delivered in the end", [tuple(row) for row in left])
    expect(not world.sender.refused, "nobody authentic is refused", world.sender.refused[:1])


def _acknowledged_is_stored(world: World) -> None:
    stored = {str(row["id"]): row for row in world.view.rows("SELECT id, answer, state FROM events")}
    for hook in world.sender.hooks:
        if hook.dropped:
            continue
        expect(hook.answers, "what is sent again and again is taken in the end", hook.number)
        answers = {(status, answer) for _, status, answer in hook.answers}
        expect(len(answers) == 1, "a repeat gets the same answer", answers)
        for at, status, answer in hook.answers:
            found = stored.get(json.loads(answer)["event"])
            expect(found is not None, "what was acknowledged is stored", f"acknowledged {at}: {answer!r}")
            expect(status == 200, "what is understood is not parked", f"{answer!r}")
            expect(found["answer"].encode() == answer, "a repeat gets the same answer", f"{answer!r} {found['answer']}")


def _submitted_exists_once(world: World) -> None:
    titles = Counter(ticket["title"] for ticket in world.desk.tickets.values())
    parked = world.view.one("SELECT count(*) FROM deliveries WHERE action = 'create' AND state = 'parked'")
    for submitted in world.sender.submitted:
        answers = set(submitted.answers)
        expect(len(answers) == 1, "a repeated call gets the same answer", answers)
        status = submitted.answers[0][0]
        count = titles[submitted.title]
        wanted = {0, 1} if world.desk.gone or parked or status == 403 else {1}
        expect(count in wanted, "what was submitted exists once", f"{submitted.title}: {count} times, {status}")


def _as_in_the_helpdesk(world: World) -> None:
    known = {int(row["remote_id"]): row for row in world.view.rows(TICKETS)}
    for number, ticket in world.desk.tickets.items():
        if ticket["merged_to"]:
            continue
        row = known.get(number)
        if row is None:
            expect(ticket["status"] in OVER, "every ticket of the helpdesk is known", f"ticket {number}")
            continue
        seen = f"ticket {number}: {ticket['status']=} {ticket['on_hold']=} {ticket['assigned_to']=} {dict(row)}"
        over = ticket["status"] in OVER
        expect(over == (row["closed_at"] is not None), "closed here is what is closed there", seen)
        expect(not over or row["state"] != "queued", "what is closed does not wait", seen)
        expect(over or row["severity"] == SEVERITY[ticket["priority"]], "the severity is that of the helpdesk", seen)
        if not over and "parked" not in (row["states"] or ""):
            _hold_is_right(ticket, row["state"], seen)


def _hold_is_right(ticket: Fields, state: str, seen: str) -> None:
    by_people = any(entry["user"] not in (None, US) for entry in ticket["followup_set"][1:])
    again = any(entry["user"] not in (None, US) and entry["new_status"] == REOPENED for entry in ticket["followup_set"])
    if state in ("routed", "rejected") and not again:  # whoever opens a closed ticket again sees that it is on hold
        expect(not ticket["on_hold"], "nothing stays on hold that was let go", seen)
    elif state == "queued":
        expect(ticket["on_hold"] or by_people, "what waits is on hold", seen)


def _time_is_counted_once(world: World) -> None:
    rows = world.view.rows("SELECT entry_key, seconds FROM usage_entries")
    counted = {row["entry_key"]: row["seconds"] for row in rows}
    expect(len(counted) == len(rows), "time is counted once", "")
    lost = {hook.number for hook in world.sender.hooks if hook.dropped} & world.desk.gone
    told = {key: seconds for key, seconds in world.desk.time_entries.items()
            if int(key.partition("/")[0]) not in lost and world.desk.buyers.get(int(key.partition("/")[0])) in BY_NAME}
    missing = {key: seconds for key, seconds in told.items() if counted.get(key) != seconds}
    expect(not missing, "all time that was logged is counted", missing)
    added = {key for key in counted if key not in told}
    expect(not added, "no time is counted that nobody logged", added)


def _taken_by_somebody(world: World) -> None:
    """What counts as taken by an agent was touched by one."""
    for row in world.view.rows("SELECT t.remote_id FROM decisions d JOIN tickets t ON t.id = d.ticket_id "
                               "WHERE d.reason = 'taken_early'"):
        ticket = world.desk.tickets.get(int(row["remote_id"] or 0))
        touched = ticket is None or any(entry["user"] in AGENTS for entry in ticket["followup_set"])
        expect(touched, "only an agent takes a ticket early", f"ticket {row['remote_id']}")
