"""The sentences for customers, a module for each language, all with the same names and the same places.

A sentence is told whole, so that each language has its own word order: `{places}` are filled in by name. A `why` is a
clause without its full stop, and `told` says how one goes on to what happens next. `day`, `day.year` and `date` are
patterns of Babel's. English is what the others are translated from; tests/wording/test_languages.py compares them.
"""
