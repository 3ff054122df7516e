"""Where BILL's client meets our rows: connections, sessions, attempts, and errors turned into outcomes."""
