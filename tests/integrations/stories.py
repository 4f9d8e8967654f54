"""A stand-in, the adapter that is connected to it, and short ways to tell what happens between the two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, Author, ConnectionConfig, Delivery, Event, EventKind, Inbound, Receipt
from entitlements.rules.reasons import Reason
from entitlements.steps.told import completed
from integrations import build
from integrations.desk.adapter import DeskAdapter
from integrations.desk.mapping import NoticeBy
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.parts import a_config, a_delivery
from tests.standins.all import BENCHES
from tests.standins.bench import Bench, State
from tests.standins.serving import CHANGES, Fault

WORDS, NOTE = "We open at nine & see to it then.\nUntil then: <status page>.", "Outside the hours of Acme's license."
REFUSAL = "Your license has expired."
PEOPLES = frozenset({"vip"})
MOST_WRITES = 30


@dataclass
class Connected:
    """One helpdesk, connected. What is owed is decided now, and given its words unless said otherwise."""

    bench: Bench
    config: ConnectionConfig
    tools: Tools
    clock: FakeClock

    @property
    def helpdesk(self) -> DeskAdapter:
        """A fresh adapter each time: it must not need to remember anything."""
        found = build(self.config, self.tools)
        assert isinstance(found, DeskAdapter)
        return found

    def set(self, **settings: str) -> Connected:
        """The same with other settings."""
        return replace(self, config=replace(self.config, settings={**self.config.settings, **settings}))

    def owed(self, action: Action, ticket_id: str = "", **more: object) -> Delivery:
        usual: dict[str, object] = {"ticket_id": ticket_id, "decided_at": self.clock.now()}
        if action is Action.QUEUE:
            usual |= {"message": WORDS, "note": NOTE, "release_at": self.opening}
        if action is Action.REJECT:
            usual |= {"message": REFUSAL, "note": REFUSAL}
        return a_delivery(action, **{**usual, **more})

    @property
    def opening(self) -> datetime:
        """When what is queued now is to be let go: tomorrow at eight."""
        return (self.clock.now() + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)

    def apply(self, delivery: Delivery) -> Receipt:
        """Carry it out, and remember by which id the helpdesk knows us."""
        receipt = self.helpdesk.apply(delivery)
        if receipt.acting_as:
            self.config = replace(self.config, acting_as=receipt.acting_as)
        return receipt

    def bring(self, action: Action, ticket_id: str, **more: object) -> Receipt:
        """Decide a minute later, and carry it out at once."""
        self.clock.go_on(minutes=1)
        return self.apply(self.owed(action, ticket_id, **more))

    def queued(self, **more: object) -> str:
        """A ticket that was opened a while ago and waits."""
        ticket_id = self.bench.opens()
        self.bring(Action.QUEUE, ticket_id, **more)
        self.bench.webhooks()
        self.bench.echoes()
        self.clock.go_on(minutes=10)
        return ticket_id

    def state(self, ticket_id: str) -> State:
        return self.bench.state(ticket_id)

    def told(self, inbounds: Sequence[Inbound]) -> list[Event]:
        """What webhooks say, those verified first. What does not say who asks is read, as a worker would."""
        helpdesk = self.helpdesk
        found: list[Event] = []
        for inbound in inbounds:
            helpdesk.verify(inbound, self.clock.now())
            found += [completed(event, helpdesk.read(event.ticket_id))
                      if event.incomplete and event.kind is not EventKind.DELETED else event
                      for event in helpdesk.parse(inbound)]
        return found

    def happened(self) -> list[Event]:
        """What the webhooks since the last time say that people did."""
        return [event for event in self.told(self.bench.webhooks()) if event.author is not Author.DESKGATE]

    def writes(self) -> int:
        """How many calls so far were not just reading."""
        return sum(method in CHANGES and "search" not in path and not path.endswith("/oauth2/token")
                   for method, path in self.bench.serving.calls)

    def despite(self, delivery: Delivery, fault: Fault) -> Receipt:
        """Try until it is done, each time with the next change failing in the same way."""
        for number in range(1, MOST_WRITES):
            self.bench.serving.fault = replace(fault, times=1)
            with suppress(DeliveryError):
                return self.apply(replace(delivery, try_number=number))
        raise AssertionError(f"{delivery.action} does not come to an end")

    def tries(self, delivery: Delivery) -> str:
        """The kind of the failure, empty for none."""
        try:
            self.apply(delivery)
        except DeliveryError as error:
            return error.kind
        return ""

    def fails(self, fault: Fault, delivery: Delivery) -> DeliveryError:
        """The error that comes of a fault which does not pass."""
        self.bench.serving.fault = replace(fault, times=99)
        with pytest.raises(DeliveryError) as caught:
            self.helpdesk.apply(delivery)
        self.bench.serving.fault = None
        return caught.value

    def tells_by_reply(self) -> bool:
        return self.helpdesk.mapping.tells_by(Reason.OUTSIDE_HOURS) is NoticeBy.REPLY

    @property
    def groups(self) -> dict[str, str]:
        return {name.removesuffix("_group"): value for name, value in self.config.settings.items()
                if name.endswith("_group")}


@pytest.fixture(params=sorted(BENCHES))
def desk_at_work(request: pytest.FixtureRequest, tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    """Each helpdesk in turn, as a usual connection has it."""
    bench = BENCHES[request.param](clock)
    bench.serving.go_by(clock)
    with bench.serving:
        yield connected(bench, tools, clock)


def connected(bench: Bench, tools: Tools, clock: FakeClock) -> Connected:
    config = a_config(bench.kind, bench.settings(), url=bench.url, token=bench.token, secrets=(bench.secret,))
    return Connected(bench, config, tools, clock)


def words_of(told: tuple[str, ...]) -> str:
    """What was said, without its markup: stand-ins keep it as it was sent."""
    plain = "\n".join(told).replace("<br>", "\n").replace("<br/>", "\n").replace("<br />", "\n").replace("</p>", "\n")
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&#38;", "&").replace("&amp;", "&")


def stood(state: State) -> State:
    """A state without what only counts up: for comparing two tickets that went different ways to the same end."""
    return replace(state, first_reply_at=None, fields={})
