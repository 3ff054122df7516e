"""HTTP: the listener, what passes through it, and the gate that closes its port."""
