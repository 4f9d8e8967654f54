"""The Perl that an admin pastes into Request Tracker: run by Perl itself, it says what the stand-in says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entitlements.helpdesk import EventKind, Inbound
from integrations.request_tracker import scrip
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.stories import Connected, connected
from tests.standins.request_tracker import SECRET, TOLD_FIELDS, RequestTrackerBench
from tests.standins.request_tracker_state import Txn, User

PERL = shutil.which("perl") or ""
HARNESS = Path(__file__).with_name("scrip.pl")
ADDRESS = "https://deskgate.example/hooks/it's"

pytestmark = pytest.mark.skipif(not PERL, reason="there is no perl on this machine")


@pytest.fixture
def desk(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    bench = RequestTrackerBench(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def ran(bench: RequestTrackerBench, batch: list[Txn], **more: Any) -> dict[str, Any]:
    """What becomes of the scrip when these transactions were committed."""
    world = {"code": scrip.code(ADDRESS, SECRET, TOLD_FIELDS), "has_batch": True,
             "users": [seen(user) for user in bench.tracker.users.values()],
             "txns": [transaction(txn, in_batch=txn in batch) for txn in bench.tracker.txns],
             "ticket": ticket(bench, batch), **more}
    done = subprocess.run([PERL, str(HARNESS)], input=json.dumps(world).encode(), capture_output=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def seen(user: User) -> dict[str, Any]:
    return {"Id": user.id, "Name": user.name, "EmailAddress": user.email, "Organization": user.organization,
            "Privileged": int(user.is_staff)}


def date(at: Any) -> dict[str, Any]:
    return {"iso": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "unix": int(at.timestamp())}


def transaction(txn: Txn, *, in_batch: bool) -> dict[str, Any]:
    return {"Id": txn.id, "ObjectId": txn.ticket, "Type": txn.type, "Field": txn.field, "OldValue": txn.old,
            "NewValue": txn.new, "Data": txn.data, "TimeTaken": txn.minutes, "Content": txn.content, "by": txn.creator,
            "created": date(txn.created), "has_message": bool(txn.content), "in_batch": in_batch}


def ticket(bench: RequestTrackerBench, batch: list[Txn]) -> dict[str, Any]:
    found = bench.ticket(str(batch[0].ticket))
    return {"Id": found.id, "Status": found.status, "Priority": found.priority, "TimeWorked": found.minutes,
            "asks": found.requestors, "queue": found.queue.name, "owner": found.owner, "custom": found.values,
            "created": date(found.created), "updated": date(found.updated)}


def sent(desk: Connected, batch: list[Txn], **more: Any) -> Inbound:
    """The webhook that Perl sends."""
    assert isinstance(desk.bench, RequestTrackerBench)
    (posted,) = ran(desk.bench, batch, **more)["posted"]
    assert (posted["url"], posted["timeout"]) == (ADDRESS, 3)
    headers = {name: str(value) for name, value in posted["headers"].items()}
    body = posted["content"].encode("latin-1")  # the harness printed its bytes one by one
    return Inbound("POST", "/hooks/desk", headers, body, desk.clock.now())


def test_perl_tells_what_the_stand_in_tells(desk: Connected) -> None:
    bench = desk.bench
    assert isinstance(bench, RequestTrackerBench)
    ticket_id = bench.opens(severity="high")
    bench.agent_tags(ticket_id, "vip")
    bench.writes(ticket_id, "alex", "Wie wär's mit Öl? 'Ja' \\o/", TimeTaken=15, Status="resolved")
    bench.customer_reopens(ticket_id)
    bench.merges(ticket_id, into=bench.opens())
    assert len(bench.tracker.batches) == 8
    for batch in bench.tracker.batches:
        told, here = sent(desk, batch), bench.hook(batch)
        assert json.loads(told.body)["data"] == json.loads(here.body)["data"]
        assert told.headers["webhook-id"] == here.headers["webhook-id"]


def test_perl_signs_as_deskgate_wants_it(desk: Connected, real_tools: Tools) -> None:
    ticket_id = desk.bench.opens()
    assert isinstance(desk.bench, RequestTrackerBench)
    told = sent(desk, desk.bench.tracker.batches[0])
    desk.helpdesk.verify(told, real_tools.clock.now())
    (event,) = desk.helpdesk.parse(told)
    assert (event.kind, event.ticket_id) == (EventKind.CREATED, ticket_id)


def test_a_mail_says_how_it_came_and_whether_a_machine_sent_it(desk: Connected) -> None:
    desk.bench.opens()
    bench = desk.bench
    assert isinstance(bench, RequestTrackerBench)
    batch = bench.tracker.batches[0]
    heads = {"Received": "from mx", "Auto-Submitted": "auto-replied"}
    txns = [{**transaction(txn, in_batch=True), "heads": heads} for txn in batch]
    (event,) = desk.helpdesk.parse(sent(desk, batch, txns=txns))
    assert (event.channel, event.auto_submitted) == ("email", True)


def test_mail_that_request_tracker_sent_is_nothing_to_tell_of(desk: Connected) -> None:
    bench = desk.bench
    assert isinstance(bench, RequestTrackerBench)
    found = bench.ticket(bench.opens())
    record = bench.tracker.note(found, "RT_System", "EmailRecord")
    assert ran(bench, [record])["posted"] == []


def test_a_ticket_that_nobody_asks_for_is_told_all_the_same(desk: Connected) -> None:
    bench = desk.bench
    assert isinstance(bench, RequestTrackerBench)
    ticket_id = bench.opens()
    bench.ticket(ticket_id).requestors = []
    (event,) = desk.helpdesk.parse(sent(desk, bench.tracker.batches[0]))
    assert (event.ticket_id, event.identity.email) == (ticket_id, "")


def test_nobody_is_kept_from_working_when_deskgate_cannot_be_reached(desk: Connected) -> None:
    bench = desk.bench
    assert isinstance(bench, RequestTrackerBench)
    ticket_id = bench.opens()
    done = ran(bench, bench.tracker.batches[0], is_unreachable=True)
    assert (done["posted"], done["returned"]) == ([], 1)
    assert f"not told of ticket {ticket_id}: Could not connect" in done["warned"][0]


def test_without_a_batch_the_scrip_tells_of_the_one_transaction(desk: Connected) -> None:
    desk.bench.opens()
    assert isinstance(desk.bench, RequestTrackerBench)
    batch = desk.bench.tracker.batches[0]
    assert json.loads(sent(desk, batch, has_batch=False).body)["data"]["transaction_id"] == batch[0].id
