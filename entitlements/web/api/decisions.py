"""Asking what would be decided, without a ticket."""

from __future__ import annotations

from flask import Response, request

from entitlements.steps.judge import CheckLine, Judged, Question, preview
from entitlements.web.api import told
from entitlements.web.api.answer import tell
from entitlements.web.api.asked import PreviewQuestion
from entitlements.web.api.auth import deskgate
from entitlements.web.api.operation import Answers, Operation, serves
from entitlements.web.read_json import read_json


@serves(Operation("POST", "/decisions/preview", "tickets:read", "Ask what would be decided",
                  (Answers(200, told.Preview, "What would be decided; nothing is recorded."),), body=PreviewQuestion))
def preview_decision() -> Response:
    """Each license counts in its current version, whatever `at` is."""
    asked = read_json(request, PreviewQuestion)
    question = Question(customer=asked.customer, severity=asked.severity, at=asked.at or deskgate().clock.now(),
                        product=asked.product, contact=asked.contact, channel=asked.channel)
    return tell(_told(preview(question, deskgate())))


def _told(judged: Judged) -> told.Preview:
    decision = judged.decision
    return told.Preview(
        outcome=decision.outcome, reason=decision.reason, release_at=decision.release_at,
        license=decision.license.name if decision.license else None,
        checks=[_check_told(line) for line in judged.details],
        explanation=told.Explained(agent=judged.explanation.agent, customer=judged.explanation.customer))


def _check_told(line: CheckLine) -> told.Check:
    return told.Check(check=line.check, passed=line.passed, detail=line.detail)
