"""The soak: the same verdicts, again and again, while the machine is busy."""
