"""The house rules of docs/design.md, section 4, read off the source itself: who may import whom, who reads the clock,
how long things may get. A failure names the file and line, and says what to do instead.
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.source_tree import (
    ROOT,
    classes,
    functions,
    handwritten_files,
    imports,
    names_used,
    product_files,
    source,
    text,
    texts,
)

MAX_FILE, MAX_FUNCTION, MAX_POSITIONAL, USUAL_FUNCTION = 300, 40, 5, 10


# --- The table of docs/design.md, section 4 --------------------------------------------------------------------------


@dataclass(frozen=True)
class Layer:
    """A folder or file, what it may import besides itself and the standard library, and what of these it may not."""

    path: str
    may: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def allows(self, name: str) -> bool:
        itself = self.path.removesuffix(".py").strip("/").replace("/", ".")
        if is_within(name, self.never):
            return False
        return is_within(name, (itself, *self.may)) or name.partition(".")[0] in sys.stdlib_module_names


def is_within(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(part + ".") for part in parts)


def own(*names: str) -> tuple[str, ...]:
    return tuple(f"entitlements.{name}" for name in names)


INPUT_AND_OUTPUT = ("os", "io", "pathlib", "socket", "subprocess", "urllib", "http", "sqlite3", "threading", "asyncio",
                    "logging", "random", "secrets")
OUTBOUND = ("requests", "urllib3", "urllib.request", "http.client")
REQUEST = ("flask.request", "flask.session")
VALUES = own("rules.reasons", "rules.ticket", "rules.language", "errors")
READING = own("strict_json")
PROTOCOLS = own("helpdesk", "inbox", "kinds", "errors")
FLASK_AND_EXTENSIONS = (
    "flask", "flask_limiter", "flask_migrate", "flask_sqlalchemy", "flask_wtf",
    "werkzeug", "click", "jinja2", "markupsafe", "wtforms", "limits", "alembic",
    "pydantic", "pydantic_core", "argon2", "babel", "prometheus_client", "structlog",
)
FRONT = (*FLASK_AND_EXTENSIONS, *PROTOCOLS, *READING,
         *own("rules", "sources", "wording", "store", "steps", "settings", "clock"))

# `app.py` wires everything together and may import everything.
LAYERS = (
    Layer("entitlements/rules/", ("pytz", *own("errors")), never=INPUT_AND_OUTPUT),
    Layer("entitlements/sources/", ("holidays", "icalendar", *own("rules", "errors")),
          never=INPUT_AND_OUTPUT),
    Layer("entitlements/wording/", ("babel", "jinja2", *own("rules", "helpdesk", "errors"))),
    Layer("entitlements/store/", ("sqlalchemy", "flask_sqlalchemy", "cryptography", "argon2", "flask",
                                  *PROTOCOLS, *own("rules")), never=REQUEST),
    Layer("entitlements/steps/", (*PROTOCOLS, *own("rules", "sources", "wording", "store", "clock.Clock"))),
    Layer("entitlements/engine/", ("procrastinate", *own("steps", "helpdesk", "errors", "clock.Clock"))),
    Layer("entitlements/web/", FRONT, never=OUTBOUND),
    Layer("entitlements/cli", (*FRONT, "granian", *own("web")), never=("requests", "urllib3")),
    Layer("entitlements/helpdesk.py", VALUES),
    Layer("entitlements/inbox.py", VALUES),
    Layer("entitlements/kinds.py", own("helpdesk", "errors")),
    # An address is refused by whoever takes it apart later, before anything connects to it.
    Layer("entitlements/settings.py", ("pydantic", "sqlalchemy.make_url", "sqlalchemy.exc.ArgumentError",
                                       *own("rules", "errors"))),
    Layer("entitlements/clock.py"),
    Layer("entitlements/starting.py"),
    Layer("entitlements/errors.py"),
    Layer("entitlements/strict_json.py"),
    Layer("entitlements/__init__.py"),
    Layer("integrations/", ("requests", "urllib3", "jmespath", *PROTOCOLS, *VALUES, *READING, *own("clock.Clock"))),
)
WIRING = Path("app.py")

CLOCK_READS = frozenset({
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime",
    "sqlalchemy.func.now", "sqlalchemy.func.current_timestamp",
})
WAITS = frozenset({"time.sleep", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"})
ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"})

CODE = frozenset({".py", ".html", ".css", ".js", ".sh", ".toml", ""})
LEFT_OPEN = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|farm|root|home|Users)/")
PIN = re.compile(r"[a-z0-9._-]+==[\w.]+")


def layer_of(path: Path) -> Layer | None:
    return next((layer for layer in LAYERS if path.as_posix().startswith(layer.path)), None)


def expect_none(rows: list[str], advice: str) -> None:
    """Fail with the advice and one row for each breach."""
    if rows:
        pytest.fail("\n".join([advice, *(f"  {row}" for row in rows)]), pytrace=False)


def uses(wanted: frozenset[str], *, but_in: str) -> list[str]:
    return sorted({f"{path}:{line} {name}" for path in product_files() if not path.as_posix().startswith(but_in)
                   for line, name in names_used(path) if name in wanted})


# --- Who may know what -----------------------------------------------------------------------------------------------


def test_every_file_lies_in_a_layer() -> None:
    expect_none([str(path) for path in product_files() if path != WIRING and layer_of(path) is None],
                "These files are in no layer. Move them into one, or add a layer to docs/design.md and to LAYERS here:")


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.path)
def test_a_layer_imports_only_what_it_may_know(layer: Layer) -> None:
    mine = [path for path in product_files() if layer_of(path) is layer]
    rows = [f"{path}:{each.line} imports {each.name}" for path in mine
            for each in imports(path) if not layer.allows(each.name)]
    rows += [f"{path}:{line} uses {name}" for path in mine
             for line, name in names_used(path) if is_within(name, layer.never)]
    expect_none(rows, f"{layer.path} may import itself, the standard library, {', '.join(layer.may) or 'nothing else'}"
                      f"{'; never ' + ', '.join(layer.never) if layer.never else ''}. Hand the thing in as an argument,"
                      " or move the code to the layer that may know it (docs/design.md, section 4):")


def test_only_the_clock_reads_the_time() -> None:
    expect_none(uses(CLOCK_READS, but_in="entitlements/clock.py"),
                "Take `now` as a parameter (aware UTC); only entitlements/clock.py reads the time:")


def test_only_the_engine_waits() -> None:
    expect_none(uses(WAITS, but_in="entitlements/engine/"),
                "What waits is a `due_at` in a row; only entitlements/engine sleeps or measures how long it waits:")


def test_only_the_settings_read_the_environment() -> None:
    expect_none(uses(ENVIRONMENT, but_in="entitlements/settings.py"),
                "Make it a setting: a field of entitlements.settings.Settings and a line in docs/settings.md:")


# --- Size and names --------------------------------------------------------------------------------------------------


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {path: len(text(path).splitlines()) for path in handwritten_files()}
    expect_none([f"{path} has {length} lines" for path, length in lengths.items() if length > MAX_FILE],
                "A noun may be missing: give a part of the file a name and a file of its own:")


def test_functions_are_short(record_property: Callable[[str, object], None]) -> None:
    sizes = {f"{path}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
             for path in product_files() for node in functions(path)}
    median = statistics.median(sizes.values()) if sizes else 0
    record_property("median lines of a function", median)
    expect_none([f"{name} has {size} lines" for name, size in sizes.items() if size > MAX_FUNCTION],
                f"Split these; functions are mostly under {USUAL_FUNCTION} lines (the median is {median}):")
    assert median < USUAL_FUNCTION, f"functions are mostly under {USUAL_FUNCTION} lines; the median is now {median}"


def test_no_function_takes_more_than_five_positional_parameters() -> None:
    rows = []
    for path in product_files():
        for node in functions(path):
            names = [arg.arg for arg in node.args.posonlyargs + node.args.args if arg.arg not in {"self", "cls"}]
            if len(names) > MAX_POSITIONAL:
                rows.append(f"{path}:{node.lineno} {node.name}({', '.join(names)})")
    expect_none(rows, "Put what belongs together into a frozen dataclass, or make the rest keyword-only:")


def test_every_package_and_module_says_what_it_knows() -> None:
    packages = sorted({path.parent for path in product_files()} - {Path()})
    expect_none([f"{package}/__init__.py" for package in packages if not (ROOT / package / "__init__.py").exists()],
                "Missing: a folder with Python in it is a package, whose docstring says what belongs there:")
    expect_none([str(path) for path in product_files() if not ast.get_docstring(source(path))],
                "Begin these with a docstring: what the file knows, in a sentence or two:")


def test_no_module_or_class_is_named_with_a_word_that_the_glossary_avoids() -> None:
    avoided = words_to_avoid()
    assert {"utils", "helpers", "manager", "handler"} <= avoided, "GLOSSARY.md lost its table of words to avoid"
    expect_none([f"{path}:{line} {name}" for path in product_files() for line, name in names_given(path)
                 if avoided & words_in(name)],
                "Name it after what it is; GLOSSARY.md, \"Words to avoid\", says which word to use instead:")


def names_given(path: Path) -> Iterator[tuple[int, str]]:
    """The name of the file, of the folder it is in, and of its classes."""
    yield from ((1, name) for name in (path.parent.name, path.stem))
    yield from ((node.lineno, node.name) for node in classes(path))


def words_in(name: str) -> set[str]:
    """`RetryHandler` and `retry_handler` alike: {"retry", "handler"}."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def words_to_avoid() -> set[str]:
    """The first column of the table under "Words to avoid" in GLOSSARY.md."""
    section = text(Path("GLOSSARY.md")).partition("## Words to avoid")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \|", section, flags=re.MULTILINE)
    return {word.strip() for row in rows[1:] for word in row.split(",")}


# --- Fit for strangers -----------------------------------------------------------------------------------------------


def lines_with(pattern: re.Pattern[str], path: Path, content: str) -> list[str]:
    return [f"{path}:{number} {line.strip()[:100]}" for number, line in enumerate(content.splitlines(), 1)
            if pattern.search(line)]


def test_nothing_points_into_one_machine() -> None:
    expect_none([row for path, content in texts() for row in lines_with(MACHINE_PATH, path, content)],
                "An absolute path of one machine means nothing on another; say it relative to the project:")


def test_nothing_is_left_open_in_the_code() -> None:
    expect_none([row for path, content in texts() if path.suffix in CODE and "vendor" not in path.parts
                 for row in lines_with(LEFT_OPEN, path, content)],
                "Finish it, or open an issue and take the note out:")


@pytest.mark.parametrize("name", ["requirements", "requirements-test", "requirements-bench", "requirements-fuzz"])
def test_every_requirement_is_pinned_exactly(name: str) -> None:
    expect_none([line for line in text(Path(f"{name}.txt")).splitlines() if not PIN.fullmatch(line)],
                f"{name}.txt holds exact pins and nothing else: change {name}.in and run `make pins`:")
