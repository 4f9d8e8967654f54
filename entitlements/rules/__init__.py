"""The promise and its arithmetic: pure rules that never read a clock, a file or a database, and form no sentences."""
