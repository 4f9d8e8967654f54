"""Helpdesks that are not there: each refuses what the documented API of its product refuses, keeps state, counts calls,
and sends webhooks signed as documented.
"""
