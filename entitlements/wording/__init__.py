"""A decision in sentences: one side for the agent, one for the customer, a line for each check, and the note.

Knows rules and words, never a database or a request. Local time is told with the place whose clock is meant.
"""

from entitlements.helpdesk import Explanation
from entitlements.rules.decision import Decision
from entitlements.rules.language import Language
from entitlements.rules.ticket import Ticket
from entitlements.wording.agent import agent_text
from entitlements.wording.case import Case, reason_label
from entitlements.wording.customer import customer_text
from entitlements.wording.details import detail
from entitlements.wording.hours import hours_text
from entitlements.wording.promises import promise_text, target_text, used_text
from entitlements.wording.replies import Reply, check_replies, reply_to
from entitlements.wording.times import city, date_text, duration_text, local, moment_for, moment_text

__all__ = ["Case", "Reply", "agent_text", "check_replies", "city", "customer_text", "date_text", "detail",
           "duration_text", "explain", "hours_text", "local", "moment_for", "moment_text", "note", "promise_text",
           "reason_label", "reply_to", "target_text", "used_text"]


def explain(decision: Decision, ticket: Ticket, customer_zone: str = "", renewal_contact: str = "",
            language: Language = Language.ENGLISH) -> Explanation:
    """Why, for the agent in English and for the customer in their language. `customer_zone`: where the customer reads
    clocks, if known; `renewal_contact`: whom a refused customer may turn to."""
    case = Case(decision, ticket, customer_zone, renewal_contact, language)
    return Explanation(agent=agent_text(case), customer=customer_text(case))


def note(agent: str, receipt_url: str, take_url: str = "") -> str:
    """An internal note: the verdict in one line, and where to see why and, for a queued ticket, to take it now."""
    links = [f"Receipt: {receipt_url}", *([f"Take it now: {take_url}"] if take_url else [])]
    return "\n".join([f"Deskgate: {agent}", *links])
