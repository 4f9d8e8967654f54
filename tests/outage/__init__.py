"""A helpdesk that is gone for hours or days, on the simulated clock."""
