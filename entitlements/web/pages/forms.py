"""The forms of the pages: what may be entered, and how long it may be. What it means is for the steps to say."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from flask_wtf import FlaskForm
from wtforms import (
    DateTimeLocalField,
    Field,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    EqualTo,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
)

from entitlements.rules.language import NAMES, Language
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from entitlements.store.connections import MODES
from entitlements.store.passwords import LONGEST, SHORTEST

LONGEST_TEXT = 20_000
FIRST_YEAR, LAST_YEAR = 1970, 2037  # what time zones are known for
SEVERITIES = [SelectChoice(each.value, each.value.capitalize()) for each in Severity]
NEW_LINES = str.maketrans("\r\n\t\0", "    ")


def one_line(text: str | None) -> str:
    return (text or "").translate(NEW_LINES).strip()


def trimmed(text: str | None) -> str:
    return (text or "").replace("\0", "").strip()


class SignInForm(FlaskForm):
    """Name and password of an agent."""

    name = StringField("Name", validators=[DataRequired("Enter your name."), Length(max=120)], filters=[one_line])
    password = PasswordField("Password", validators=[InputRequired("Enter your password."), Length(max=1000)])


class PasswordForm(FlaskForm):
    """A new password, typed twice, for somebody who knows the old one."""

    old = PasswordField("Present password", validators=[InputRequired("Enter your present password.")])
    new = PasswordField("New password", validators=[
        InputRequired("Enter a new password."),
        Length(SHORTEST, LONGEST, f"A password has {SHORTEST} to {LONGEST} characters.")])
    again = PasswordField("New password, again", validators=[EqualTo("new", "The two are not the same.")])


class ReasonForm(FlaskForm):
    """Something that needs a reason, for the audit."""

    reason = StringField("Reason", validators=[DataRequired("Say why."), Length(max=300)], filters=[one_line])


class ModeForm(FlaskForm):
    """What a connection may do in its helpdesk."""

    mode = SelectField("Mode", choices=[SelectChoice(mode, mode) for mode in MODES])


class OverrideForm(ReasonForm):
    """A person's decision in place of ours. `until` is wall time in the license's zone."""

    outcome = RadioField("Outcome", validators=[InputRequired("Choose one.")], choices=[
        SelectChoice(Outcome.ROUTE.value, "Route to agents now"), SelectChoice(Outcome.QUEUE.value, "Queue until"),
        SelectChoice(Outcome.REJECT.value, "Reject")])
    until = DateTimeLocalField("Queue until", validators=[Optional()],
                               format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])

    def validate(self, extra_validators: Mapping[str, object] | None = None) -> bool:
        """What each field asks for, and a time when the ticket is to wait."""
        valid = super().validate(extra_validators)
        if self.outcome.data != Outcome.QUEUE.value or self.until.errors:
            return valid
        if self.until.data is None:
            self.until.errors = ["Say until when."]
        elif not FIRST_YEAR <= self.until.data.year <= LAST_YEAR:
            self.until.errors = [f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}."]
        return valid and not self.until.errors


class SubmissionForm(FlaskForm):
    """A customer's ticket."""

    subject = StringField("Subject", validators=[DataRequired("Say in a few words what it is about."), Length(max=200)],
                          filters=[one_line])
    description = TextAreaField("Description", filters=[trimmed], validators=[
        DataRequired("Describe it, so that somebody can help."), Length(max=LONGEST_TEXT)])
    severity = RadioField("Severity", choices=SEVERITIES, default=Severity.NORMAL.value)
    product = StringField("Product", validators=[Length(max=120)], filters=[one_line])


class SandboxTicketForm(FlaskForm):
    """A new ticket in the sandbox, as one of a customer's contacts writes it."""

    email = StringField("From", filters=[one_line], validators=[
        DataRequired("Enter an address."), Length(max=254),
        Regexp(r"[^@\s]+@[^@\s]+$", message="That is not a mail address.")])
    subject = StringField("Subject", validators=[DataRequired("Enter a subject."), Length(max=200)], filters=[one_line])
    description = TextAreaField("Message", validators=[DataRequired("Write a message."), Length(max=LONGEST_TEXT)],
                                filters=[trimmed])
    severity = SelectField("Severity", choices=SEVERITIES, default=Severity.NORMAL.value)


class MessageForm(FlaskForm):
    """A message on a sandbox ticket."""

    body = TextAreaField("Message", validators=[DataRequired("Write a message."), Length(max=LONGEST_TEXT)],
                         filters=[trimmed])


def new_lines(text: str | None) -> str:
    """The text with line ends as templates have them; browsers send two characters for each."""
    return trimmed(text).replace("\r\n", "\n")


class ReplyForm(FlaskForm):
    """A reply to customers in place of Deskgate's own; empty for Deskgate's own."""

    text = TextAreaField("Reply", filters=[new_lines])


class LanguageForm(FlaskForm):
    """What a customer is told things in; empty for the language of each connection."""

    language = SelectField("Language", choices=[SelectChoice("", "The connection's"), *(
        SelectChoice(each.value, NAMES[each]) for each in Language)])


class TimeForm(FlaskForm):
    """Time spent on a sandbox ticket."""

    minutes = IntegerField("Minutes", validators=[InputRequired("Enter minutes."),
                                                  NumberRange(1, 1440, "1 to 1440 minutes.")])


def attributes(field: Field, hint: str, more: Mapping[str, object]) -> dict[str, object]:
    """The attributes of a field: `more`, and what ties it to the hint and errors beside it for those who do not see."""
    told = [f"{field.id}-hint"] * bool(hint) + [f"{field.id}-error"] * bool(field.errors)
    described = {"aria-describedby": " ".join(told)} if told else {}
    return {**more, **described, **({"aria-invalid": "true"} if field.errors else {})}


def init_forms(app: Flask) -> None:
    """Make it known to the templates that draw fields."""
    app.jinja_env.globals["attributes"] = attributes
