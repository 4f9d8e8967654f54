"""Seeds that once showed something, and what. They are played by every `make test`.

A seed means what the simulator makes of it: after a change there, the week of a seed is another one. What a seed showed
has a test of its own beside the part that was mended; these lines say where to look when one fails again.
"""

from __future__ import annotations

REMEMBERED: dict[int, str] = {}
