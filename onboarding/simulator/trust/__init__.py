"""What makes a session trusted: texts with tokens, and remembered devices."""
