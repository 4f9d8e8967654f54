"""HTTP: what comes in is read, checked and handed to the steps; what comes back is rendered. Nothing is decided here.
"""
