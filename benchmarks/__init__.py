"""Benchmarks: what a promise about speed is measured with. They print figures and are no tests; see the Makefile."""
