"""What the customers of a connection are told: all of it in one language, and each reply with a preview before saving.

A preview is told of a sample decision and saves nothing; it is drawn anew while somebody types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from entitlements.errors import ConfigError
from entitlements.rules.language import NAMES, Language, first_known, maybe_language
from entitlements.rules.reasons import Reason
from entitlements.steps.connect import Edit
from entitlements.steps.connect import edit as edit_connection
from entitlements.store import tables
from entitlements.store.connections import get_connection
from entitlements.web.pages.forms import ReplyForm
from entitlements.web.pages.guard import for_admins, for_agents, me, now
from entitlements.wording.replies import VALUES, Reply, Usual, check_reply, reply_to, setting_name, values_of
from entitlements.wording.samples import outcomes_of, sample

bp = Blueprint("replies", __name__, url_prefix="/connections/<name>/words")
for_agents(bp)
Answer = Response | str | tuple[str, int]


@dataclass(frozen=True)
class Line:
    """What a sample customer is told for a reason and an outcome, in a language."""

    reason: Reason
    outcome: Usual
    language: Language
    reply: Reply


@bp.get("")
def show(name: str) -> str:
    """Every reason under the outcome that it leads to."""
    row = get_connection(name)
    language = first_known(request.args.get("language", ""), row.settings.get("language", ""))
    lines = [_line(row, reason, outcome, language) for reason in Reason for outcome in outcomes_of(reason)]
    groups = [(usual, [line for line in lines if line.outcome is usual]) for usual in Usual]
    return render_template("pages/replies.html", connection=row, groups=groups, language=language, languages=NAMES,
                           usual=lambda word: _held(row, word, language), where=_where)


def _where(line: Line) -> str:
    """The language for which a line is changed: its own, or all where the reply that is told there is one for all."""
    return "" if line.reply.setting == setting_name(line.reason) else line.language


def _line(row: tables.Connection, reason: Reason, outcome: Usual, language: Language,
          more: dict[str, str] | None = None) -> Line:
    case = sample(reason, outcome, now(), language, current_app.extensions["deskgate"].renewal_contact)
    return Line(reason, outcome, language, reply_to(case, {**row.settings, **(more or {})}))


def _held(row: tables.Connection, word: str, language: str) -> bool:
    """Whether there is a reply for that word, in the language or in all."""
    return any(row.settings.get(setting_name(word, each)) for each in (language, ""))


@bp.get("/<word>")
@for_admins
def edit(name: str, word: str) -> str:
    row, language = get_connection(name), _language()
    form = ReplyForm(formdata=None, text=row.settings.get(setting_name(_known(word), language), ""))
    return _page(row, word, form)


def _known(word: str) -> str:
    return word if word in {*Reason, *Usual} else abort(404, f"There is no reason or outcome {word}.")


def _language() -> str:
    """The language that the reply is for; empty for all that have none of their own."""
    return maybe_language(request.args.get("language", "")) or ""


def _page(row: tables.Connection, word: str, form: ReplyForm) -> str:
    language = _language()
    reason, outcome = _first_of(word)
    values = values_of(sample(reason, outcome, now(), first_known(language),
                              current_app.extensions["deskgate"].renewal_contact))
    return render_template(
        "pages/reply_edit.html", connection=row, word=word, form=form, language=language, languages=NAMES,
        is_usual=word in set(Usual), setting=setting_name(word, language), values=values, meanings=VALUES,
        lines=_previewed(row, word, form), own={each: row.settings.get(setting_name(word, each)) for each in NAMES},
        own_for_all=row.settings.get(setting_name(word)))


def _first_of(word: str) -> tuple[Reason, Usual]:
    return next(_samples_of(word))


def _samples_of(word: str) -> Iterator[tuple[Reason, Usual]]:
    """The reasons and outcomes that a reply for that word may be told for."""
    return ((reason, outcome) for reason in Reason for outcome in outcomes_of(reason) if word in (reason, outcome))


def _previewed(row: tables.Connection, word: str, form: ReplyForm) -> list[Line]:
    """What would be told with the text as it stands in the form: a usual reply for each of its reasons, in one
    language, and one for a reason in each language that has no other. Left out is where a more special one is told."""
    setting, language = setting_name(word, _language()), maybe_language(_language())
    typed = {setting: form.text.data or ""}
    if word in set(Usual):
        lines = [_line(row, *each, first_known(_language()), typed) for each in _samples_of(word)]
    else:
        others = [each for each in Language if not row.settings.get(setting_name(word, each))]
        spoken = [language] if language else others
        lines = [_line(row, *each, one, typed) for each in _samples_of(word) for one in spoken]
    return [line for line in lines if line.reply.setting in ("", setting)]


@bp.post("/<word>/preview")
@for_admins
def preview(name: str, word: str) -> str:
    """What the text as typed would come to, in place of the preview before it."""
    row, form = get_connection(name), ReplyForm()
    _checked(form, _known(word))
    return render_template("parts/reply_preview.html", form=form, lines=_previewed(row, word, form),
                           languages=NAMES, setting=setting_name(word, _language()))


def _checked(form: ReplyForm, word: str) -> bool:
    """Whether the text can be saved; what is wrong is told beside it."""
    if not form.validate():
        return False
    try:
        check_reply(setting_name(word, _language()), form.text.data or "")
    except ConfigError as error:
        form.text.errors = [_without_setting(error)]
    return not form.text.errors


def _without_setting(error: ConfigError) -> str:
    said = str(error).removeprefix(f"{error.field}: ")
    return f"{said[:1].upper()}{said[1:]}."


@bp.post("/<word>")
@for_admins
def save(name: str, word: str) -> Answer:
    """Save the reply, or show it without saving where that was asked for."""
    form, actor, setting = ReplyForm(), me().name, setting_name(_known(word), _language())
    if not _checked(form, word) or "preview" in request.form:
        return _page(get_connection(name), word, form), 422 if form.errors else 200
    text = form.text.data or ""
    try:
        edit_connection(name, Edit(settings={setting: text}), actor, current_app.extensions["deskgate"])
    except ConfigError as error:
        form.text.errors = [_without_setting(error)]
        return _page(get_connection(name), word, form), 422
    flash("Saved. Customers are told so from the next decision on." if text.strip() else
          "Customers are told Deskgate's own words from the next decision on.", "good")
    return redirect(url_for("replies.show", name=name, language=_language() or None), 303)
