"""What happened at BILL, on its way to those who subscribed to it."""
