"""Who runs the steps that nobody waits for: releasing and delivering. It decides nothing."""
