"""How fast Deskgate counts business time, beside four packages that people use for it: `make bench-time`."""
