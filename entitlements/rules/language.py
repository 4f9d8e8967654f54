"""The languages in which customers can be told something. What they are told in them stands in `wording`."""

from __future__ import annotations

from enum import StrEnum

from entitlements.errors import ConfigError


class Language(StrEnum):
    """By its code in ISO 639."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    PORTUGUESE = "pt"
    JAPANESE = "ja"


NAMES = {
    Language.ENGLISH: "English", Language.GERMAN: "German", Language.FRENCH: "French", Language.SPANISH: "Spanish",
    Language.PORTUGUESE: "Portuguese", Language.JAPANESE: "Japanese",
}


def parse_language(text: str, field: str = "language") -> Language:
    """The language of a code, upper and lower case alike. Raises ConfigError, which lists those there are."""
    code = text.strip().lower()
    if code not in set(Language):
        raise ConfigError(f"{field}: {text.strip()[:40]!r} is no language that customers can be told things in; there "
                          f"are {', '.join(f'{each} ({NAMES[each]})' for each in Language)}", field=field)
    return Language(code)


def maybe_language(text: str) -> Language | None:
    """The same for what is stored; None for nothing, and for a code that this version does not know."""
    code = text.strip().lower()
    return Language(code) if code in set(Language) else None


def first_known(*codes: str) -> Language:
    """The first of these that is a language; English if none is."""
    return next(filter(None, map(maybe_language, codes)), Language.ENGLISH)
