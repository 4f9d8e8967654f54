"""What exists is documented, and what is documented exists: settings, commands, reasons, words, make targets, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest

from entitlements.rules.language import NAMES, Language
from entitlements.rules.reasons import CheckName, Outcome, Reason
from entitlements.settings import Settings
from entitlements.wording.replies import VALUES, check_reply
from tests.simulator.planted import CAUGHT
from tests.simulator.world import TICKETS
from tests.source_tree import ROOT, files, text

README, COMMANDS, SETTINGS = Path("README.md"), Path("docs/commands.md"), Path("docs/settings.md")
DECISIONS, DESIGN, GLOSSARY = Path("docs/decisions.md"), Path("docs/design.md"), Path("GLOSSARY.md")
RELIABILITY, WORDING = Path("docs/reliability.md"), Path("docs/wording.md")
PAGES = [path for path in files() if path.suffix == ".md"]


def first_column(page: Path) -> set[str]:
    """What the first cell of each table row names in backticks, asterisks taken off."""
    return set(re.findall(r"^\| [*]*`([^`]+)`[*]* ", text(page), flags=re.MULTILINE))


def missing_from(page: Path, names: Iterable[str]) -> None:
    missing = sorted(set(names) - first_column(page))
    assert not missing, f"{page} has no table row that begins with: {', '.join(missing)}"


def test_every_setting_is_described() -> None:
    missing_from(SETTINGS, (name.upper() for name in Settings.model_fields))


def test_every_described_setting_exists() -> None:
    described = {name for name in first_column(SETTINGS) if name.isupper()}
    assert described <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("words", [Reason, Outcome, CheckName], ids=lambda words: words.__name__)
def test_every_word_of_a_decision_is_explained(words: type[Reason | Outcome | CheckName]) -> None:
    missing_from(DECISIONS, (word.value for word in words))


def test_no_reason_is_explained_that_does_not_exist() -> None:
    exists = {word.value for words in (Reason, Outcome, CheckName) for word in words}
    assert first_column(DECISIONS) <= exists


def test_every_planted_bug_stands_with_the_seed_that_notices_it() -> None:
    rows = dict(re.findall(r"^\| ([a-z][^|]+) \| ([^|]+ \| \d+[^|]*) \|$", text(RELIABILITY), flags=re.MULTILINE))
    assert rows == {name: f"{known.promise} | {known.seed}" + (f" ({known.tickets} tickets)" if known.tickets != TICKETS
                                                              else "") for name, known in CAUGHT.items()}


def test_every_command_is_described() -> None:
    from app import create_app  # here, so that the rest of this file does not need the whole application

    gateway = create_app({"DATABASE_URL": "sqlite://", "SECRET_KEY": "only for this test"}).cli.commands["gateway"]
    described = text(README) + text(COMMANDS)
    missing = [name for name in leaves("gateway", gateway) if not re.search(rf"\b{re.escape(name)}\b", described)]
    assert not missing, f"neither {README} nor {COMMANDS} mentions: {', '.join(missing)}"


def leaves(name: str, command: click.Command) -> Iterator[str]:
    """The full name of every command below this one: `gateway connection add`."""
    if not isinstance(command, click.Group):
        yield name
        return
    for part, below in command.commands.items():
        yield from leaves(f"{name} {part}", below)


def test_every_option_of_a_command_that_is_shown_exists() -> None:
    from app import create_app

    top = create_app({"DATABASE_URL": "sqlite://"}).cli.commands["gateway"]
    shown = [(page, line) for page in PAGES for line in re.findall(
        r"(?:flask --app app gateway|deskgate|gateway) ([a-z][^`\n]*)", text(page).replace("\\\n", " "))]
    unknown = [f"{page}: {line}" for page, line in shown if not options_in(line) <= options_of(top, line.split())]
    assert len(shown) > 20
    assert unknown == []


def options_in(line: str) -> set[str]:
    return set(re.findall(r"(?<!\S)--[a-z][a-z-]*", line))


def options_of(command: click.Command, words: list[str]) -> set[str]:
    """The options of the command that some words name."""
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}


def test_every_word_of_the_design_is_in_the_glossary() -> None:
    section = text(DESIGN).partition("## 2. Words")[2].partition("\n## ")[0]
    bold = re.findall(r"^\| \*\*(.+?)\*\* \|", section, flags=re.MULTILINE)
    words = {word for cell in bold for word in re.split(r", | / ", cell)}
    explained = set(re.findall(r"^\| \*\*(.+?)\*\* \|", text(GLOSSARY), flags=re.MULTILINE))
    assert words, "docs/design.md, section 2, has no table of words"
    assert words <= explained, f"GLOSSARY.md does not explain: {', '.join(sorted(words - explained))}"


def test_every_language_and_every_value_of_a_reply_is_described() -> None:
    missing_from(WORDING, VALUES)
    told = text(WORDING)
    assert not [each for each in Language if f"| `{each}` | {NAMES[each]}" not in told]


def test_the_replies_that_are_shown_as_examples_can_be_used() -> None:
    shown = [*re.findall(r"```jinja\n(.*?)```", text(WORDING), flags=re.DOTALL),
             *re.findall(r"'reply\.\w+=(.*)'\n", text(WORDING))]
    assert len(shown) == 2
    for template in shown:
        check_reply("reply.outside_hours", template)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text(page))
    dead = [link for link in links if "://" not in link and not (ROOT / page.parent / link).exists()]
    assert not dead, f"{page} links to what is not there: {', '.join(dead)}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(Path("Makefile")), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`)(?:sudo )?make ([a-z-]+)", text(page), flags=re.MULTILINE))
    assert named <= targets, f"{page} names make targets that do not exist: {', '.join(sorted(named - targets))}"
