"""The client's methods, one module per family of BILL's operations."""
