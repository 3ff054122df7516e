"""A typed client of BILL's v3 API; it imports httpx and nothing else of this product."""
