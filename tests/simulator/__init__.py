"""A simulated week: the real web application and the real worker steps, a clock that jumps, a helpdesk that misbehaves.

One seed is one week. `world.py` runs it; `promises.py` and `effects.py` say what must hold; `planted.py` breaks the
product on purpose, to see that they notice.
"""
