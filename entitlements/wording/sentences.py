"""Finding a sentence in a language, and filling in its places."""

from __future__ import annotations

from collections.abc import Mapping

from entitlements.rules.language import Language
from entitlements.wording.languages import de, en, es, fr, ja, pt

CATALOGS: Mapping[Language, Mapping[str, str]] = {
    language: {**module.SENTENCES, **module.PAGE} for language, module in {
        Language.ENGLISH: en, Language.GERMAN: de, Language.FRENCH: fr, Language.SPANISH: es, Language.PORTUGUESE: pt,
        Language.JAPANESE: ja}.items()
}


def say(language: Language, sentence: str, **places: object) -> str:
    """The sentence of that name, filled in. What is filled in is taken as it is, braces and all."""
    return CATALOGS[language][sentence].format(**places)


def say_special(language: Language, sentence: str, special: str, **places: object) -> str:
    """The special form of a sentence, `mend.license_expired` for one, else the sentence itself."""
    name = f"{sentence}.{special}"
    return say(language, name if name in CATALOGS[language] else sentence, **places)
