"""SQL that migrations use to isolate a tenant's table. See the README, "Tenants are isolated twice"."""


def isolate(table: str) -> str:
    """Row-level security, forced on the owner too: the application sees and writes its tenant's rows only."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO portal_app
  USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
"""


def same_tenant(table: str, column: str, parent: str) -> str:
    """A foreign key that carries the tenant. A plain one would accept another tenant's row, which it can see."""
    return f"""
ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_tenant
  FOREIGN KEY (tenant_id, {column}) REFERENCES {parent} (tenant_id, id) DEFERRABLE INITIALLY DEFERRED;
"""


def finder(signature: str, returns: str, query: str) -> str:
    """A function that may look across tenants, for what runs before a tenant is known.

    It belongs to portal_finder, which may read the columns granted to it and nothing else.
    """
    name = signature.split("(")[0]
    return f"""
GRANT CREATE ON SCHEMA public TO portal_finder;
CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $${query}$$;
ALTER FUNCTION {name} OWNER TO portal_finder;
SET LOCAL ROLE portal_finder;
REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {name} TO portal_app;
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM portal_finder;
"""


def findable(table: str, columns: str) -> str:
    """Let portal_finder read these columns of every tenant."""
    return f"""
GRANT SELECT ({columns}) ON {table} TO portal_finder;
CREATE POLICY finder ON {table} FOR SELECT TO portal_finder USING (true);
"""
