"""What BILL does not document: one setting each, with the most plausible behaviour as default."""
