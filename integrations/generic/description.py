"""A helpdesk as a description tells it: what its webhooks say, how it is called, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from entitlements.helpdesk import EventKind, Limits
from entitlements.kinds import Setting, Step
from entitlements.rules.ticket import Severity
from integrations.desk.ticket import Standing
from integrations.generic.expression import Expression
from integrations.generic.fields import Shape
from integrations.generic.template import Node, PathTemplate
from integrations.signatures import Scheme

Requests = tuple["Request", ...]
MOVES = ("route", "triage", "queue", "release", "reject")
INSTEAD = {"triage": "route", "release": "route"}
"""Which request is made where a description has none of its own."""


class Meaning(StrEnum):
    """What an answer amounts to, where it is not what its status says."""

    DONE = "done"
    GONE = "gone"
    TEMPORARY = "temporary"
    REFUSED = "refused"
    UNAUTHORIZED = "unauthorized"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class AnswerRule:
    """What an answer means that has one of these statuses (any, without) and fits `when`. `wait` leads to seconds."""

    means: Meaning
    statuses: frozenset[int] = frozenset()
    when: Expression | None = None
    say: Expression | None = None
    wait: Expression | None = None


class PagingBy(StrEnum):
    """How the next page of a list is asked for."""

    NONE = "none"
    PAGE = "page"
    OFFSET = "offset"
    CURSOR = "cursor"
    LINK = "link"
    HEADER = "header"


@dataclass(frozen=True)
class Paging:
    """`next` leads to the cursor or link of the next page; `more` says whether there is one; a page with fewer than
    `size` things is the last. The first page has the number `first`, or the cursor `start`."""

    by: PagingBy = PagingBy.NONE
    next: Expression | None = None
    more: Expression | None = None
    size: int = 0
    first: int = 1
    start: str = ""


@dataclass(frozen=True)
class Request:
    """One call. `when` is asked of the values that placeholders stand for; `test` and `found` of the answer; `verify`
    of `{ticket, sent}`, the ticket as read again and the values. `uses` are the placeholders in it."""

    name: str
    where: str
    method: str
    path: PathTemplate
    query: Node = None
    headers: Node = None
    body: Node = None
    is_form: bool = False
    when: Expression | None = None
    statuses: frozenset[int] = frozenset()
    test: Expression | None = None
    say: Expression | None = None
    answers: tuple[AnswerRule, ...] = ()
    found: Expression | None = None
    id: Expression | None = None
    label: Expression | None = None
    verify: Expression | None = None
    paging: Paging = Paging()
    reads_each: bool = False
    uses: frozenset[str] = frozenset()
    uses_in_headers: frozenset[str] = frozenset()
    uses_in_body: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wordlist:
    """What to say for each value that a placeholder may have, and for all others."""

    of: str
    words: Mapping[str, str]
    usual: str = ""


class AuthBy(StrEnum):
    """Where the connection's token goes."""

    NONE = "none"
    BEARER = "bearer"
    BASIC = "basic"
    HEADER = "header"
    QUERY = "query"
    OAUTH = "oauth"
    SESSION = "session"


@dataclass(frozen=True)
class Auth:
    """How we sign in. `name` is that of the header or parameter; `address` where tokens are handed out, for `body`,
    whose placeholders are user, password and token, in an answer in which `found` leads to one."""

    by: AuthBy = AuthBy.NONE
    name: str = ""
    prefix: str = ""
    address: str = ""
    scope: str = ""
    in_header: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    body: Node = None
    found: Expression | None = None


@dataclass(frozen=True)
class Rule:
    """What a webhook says when it fits `when`, once or for each thing that `for_each` leads to."""

    kind: EventKind
    where: str
    when: Expression | None = None
    for_each: Expression | None = None
    ticket: Expression | None = None
    entry: Expression | None = None
    fields: Shape = Shape()


@dataclass(frozen=True)
class Webhook:
    """How webhooks are proved, read, and what they say. Without a scheme the secret in the address proves them.
    `rescue` is the text before the ticket's id, by which a body that is no JSON is still of use."""

    scheme: Scheme | str = ""
    tolerance: float | None = 300
    is_signed: bool = False
    is_form: bool = False
    ignore: Expression | None = None
    rescue: str = ""
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Sample:
    """A webhook that the description must understand, and what is to come of it, attribute by attribute."""

    name: str
    headers: Mapping[str, str]
    body: bytes
    expect: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Description:
    """Everything that one description says.

    `statuses` are the helpdesk's words for where a ticket stands, `severities` for how bad it is: the first of each is
    what is sent.
    """

    title: str
    webhook: Webhook | None = None
    auth: Auth = Auth()
    ticket: Shape = Shape()
    entry: Shape = Shape()
    logged: Shape = Shape()
    requests: Mapping[str, Requests] = field(default_factory=dict)
    answers: tuple[AnswerRule, ...] = ()
    headers: Node = None
    statuses: Mapping[Standing, str] = field(default_factory=dict)
    severities: Mapping[Severity, str] = field(default_factory=dict)
    words: Mapping[str, Wordlist] = field(default_factory=dict)
    replacements: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    guide: tuple[Step, ...] = ()
    samples: tuple[Sample, ...] = ()

    def one(self, name: str) -> Request | None:
        """A request that is a single call."""
        return next(iter(self.requests.get(name, ())), None)

    def move(self, name: str) -> Requests:
        """The calls for a move, or for the one that stands for it."""
        return self.requests.get(name) or self.requests.get(INSTEAD.get(name, ""), ())

    @property
    def reads(self) -> bool:
        """Whether a ticket can be looked at. Without, nothing is known of what people did, nor of earlier tries."""
        return "read" in self.requests and self.ticket.has("standing")

    @property
    def knows_tags(self) -> bool:
        return self.ticket.has("tags") and bool(self.writes({"tags", "added_tags", "tag"}))

    def writes(self, names: set[str]) -> list[Request]:
        """The requests that use any of these placeholders."""
        return [each for calls in self.requests.values() for each in calls if each.uses & names]
