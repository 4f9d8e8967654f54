"""What all helpdesks have in common: a ticket in words of ours, what a decision asks for, and when people come first.

A product's own file knows its fields and calls; what is done with them is decided here, once for all.
"""
