"""What BILL can be asked to do: one module for each family of operations, with its routes."""
