"""Deskgate as real processes that are killed, paused and watched, between a sender and a stand-in helpdesk.

The experiments themselves are in `tests/soak`, where they run at full length; the tests here run a share of each.
"""
