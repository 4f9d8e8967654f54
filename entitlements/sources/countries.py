"""The public holidays of countries and their subdivisions, as the `holidays` package knows them.

Only whole days are taken. The package also knows half-days for a few countries, but tells their hours in the name at
best ("Christmas Eve (from 7pm)") and mostly not at all, and a shortened working day is not a closed one. Who keeps
them adds them by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from holidays import country_holidays as package_holidays
from holidays.constants import PUBLIC
from holidays.registry import COUNTRIES

from entitlements.errors import ConfigError
from entitlements.rules.holiday_set import Holiday
from entitlements.rules.written import QUOTED_LENGTH, shown
from entitlements.sources.names import joined_names
from entitlements.sources.years import checked_years

ENGLISH = "en_US"
MOST_LISTED = 20

_WORD_BEGINS = re.compile(r"(?<=[a-z])(?<!Mc)(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SMALL_WORDS = ("And", "Of", "The")


@dataclass(frozen=True)
class Subdivision:
    """A state, province or region with holidays of its own; `name` is its code where the package knows no name."""

    code: str
    name: str


@dataclass(frozen=True)
class Country:
    """A country by its ISO 3166-1 code, and what can be asked of it.

    Its holidays are named in `language` unless one of `languages` is asked for. Where these are none, the package has
    the names in one spelling only.
    """

    code: str
    name: str
    subdivisions: tuple[Subdivision, ...]
    language: str
    languages: tuple[str, ...]


def country_holidays(country: str, subdivision: str, years: Sequence[int], language: str = "") -> tuple[Holiday, ...]:
    """The public holidays of these years, days on which they are observed included, one entry for each date in order.

    `country` is an ISO code such as `DE`; `subdivision` a code of that country such as `BY`, or empty for what holds
    everywhere. Names are in English, or the country's language where the package has no English ones; `language`, such
    as `de`, says otherwise. Raises ConfigError (field `country`, `subdivision`, `years` or `language`).
    """
    land = _country(_find_code(country))
    part = _find_subdivision(land, subdivision)
    wanted = checked_years(years)
    # The language is always told: left out, the package takes that of the machine it runs on.
    found = package_holidays(land.code, subdiv=part or None, years=wanted, expand=False,
                             language=_find_language(land, language), categories=PUBLIC)
    source = _source(land, part)
    return tuple(Holiday(day, joined_names(found.get_list(day)), source) for day in sorted(found) if day.year in wanted)


def country_source(country: str, subdivision: str) -> str:
    """What the holidays of a country are said to come from, `holidays DE-BY`, even when the years have none of them.

    Raises ConfigError (field `country` or `subdivision`).
    """
    land = _country(_find_code(country))
    return _source(land, _find_subdivision(land, subdivision))


def known_countries() -> tuple[Country, ...]:
    """Every country the package knows, in order of name: the choices of a form."""
    return tuple(sorted((_country(code) for code in _names()), key=lambda country: country.name))


@cache  # the package's data does not change while the program runs
def _country(code: str) -> Country:
    known = package_holidays(code, language=ENGLISH)
    names = known.get_subdivision_aliases()
    # Some have a short name and a long one; the long one says more.
    parts = tuple(Subdivision(part, max(names[part], key=len, default=part)) for part in known.subdivisions)
    languages = known.supported_languages
    own = ENGLISH if ENGLISH in languages or not languages else known.default_language or languages[0]
    return Country(code, _names()[code], parts, own, languages)


@cache
def _names() -> Mapping[str, str]:
    """The name of each country by its code; the package names its classes after them."""
    return {code: _spaced(class_name) for class_name, code, *_ in COUNTRIES.values()}


def _source(country: Country, part: str) -> str:
    return f"holidays {country.code}-{part}" if part else f"holidays {country.code}"


def _spaced(class_name: str) -> str:
    """`BosniaAndHerzegovina` as people write it."""
    words = _WORD_BEGINS.sub(" ", class_name).split()
    return " ".join(word.lower() if word in _SMALL_WORDS else word for word in words)


@cache
def _codes() -> Mapping[str, str]:
    """The code meant by each code or name that is understood, in capitals: `US`, `USA` and `UNITED STATES` alike."""
    other = {spelled.upper(): code for _, code, *others in COUNTRIES.values() for spelled in (code, *others)}
    return other | {name.upper(): code for code, name in _names().items()}


def _find_code(written: str) -> str:
    code = _codes().get(written.strip().upper())
    if code:
        return code
    near = [f"{code} ({_names()[code]})" for code in _near(written, _codes())]
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    raise ConfigError(f"{shown(written)} is not the code of a country{hint}", field="country")


def _find_subdivision(country: Country, written: str) -> str:
    spellings = {spelled.upper(): part.code for part in country.subdivisions for spelled in (part.name, part.code)}
    wanted = written.strip().upper()
    if not wanted or wanted in spellings:
        return spellings[wanted] if wanted else ""
    near = _near(written, spellings)
    if near:
        hint = f"; did you mean {' or '.join(near)}?"
    else:
        hint = f"; {_choice(part.code for part in country.subdivisions)}."
    raise ConfigError(f"{shown(written)} is not a subdivision of {country.name}{hint}", field="subdivision")


def _find_language(country: Country, written: str) -> str:
    wanted = written.strip()
    if not wanted or wanted in country.languages:
        return wanted or country.language
    raise ConfigError(f"The holidays of {country.name} are not named in {shown(written)}; "
                      f"{_choice(country.languages)}.", field="language")


def _choice(codes: Iterable[str]) -> str:
    known = list(codes)
    if not known:
        return "there is nothing to choose, leave it empty"
    more = " and more" if len(known) > MOST_LISTED else ""
    return f"known are {', '.join(known[:MOST_LISTED])}{more}"


def _near(written: str, spellings: Mapping[str, str]) -> list[str]:
    """The codes, at most three, that may have been meant: a short text is taken for a code, a longer one for a name."""
    wanted = written.strip().upper()[:QUOTED_LENGTH]  # to look for neighbors of a long text would take long
    alike = [spelled for spelled in spellings if (len(spelled) > 3) == (len(wanted) > 3)]
    # Of two letters one may be wrong; of a name, less than a third.
    found = get_close_matches(wanted, alike, n=3, cutoff=0.7 if len(wanted) > 3 else 0.5)
    return list(dict.fromkeys(spellings[spelled] for spelled in found))
