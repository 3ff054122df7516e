"""What goes wrong on purpose: faults, the magic values that call for them, and what each does to an answer."""
