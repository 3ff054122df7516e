"""The one permission table: what each role may do. Whatever is not listed is refused."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"
    AUDITOR = "auditor"


class Permission(StrEnum):
    SEE_ONBOARDINGS = "see onboardings"
    SEE_PERSONAL_DATA = "see personal data in full"
    WORK_ONBOARDINGS = "work on onboardings"
    LOG_IN_AS_USER = "log in as user"
    SEE_CONNECTION = "see the connection"
    MANAGE_CONNECTION = "manage the connection"
    SEE_AUDIT_LOG = "see the audit log"
    MANAGE_SETTINGS = "manage the settings"


TABLE: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.OPERATOR: frozenset(
        {
            Permission.SEE_ONBOARDINGS,
            Permission.SEE_PERSONAL_DATA,
            Permission.WORK_ONBOARDINGS,
            Permission.LOG_IN_AS_USER,
            Permission.SEE_CONNECTION,
        }
    ),
    Role.VIEWER: frozenset({Permission.SEE_ONBOARDINGS}),
    Role.AUDITOR: frozenset(
        {
            Permission.SEE_ONBOARDINGS,
            Permission.SEE_PERSONAL_DATA,
            Permission.SEE_CONNECTION,
            Permission.SEE_AUDIT_LOG,
        }
    ),
}


def may(role: Role, permission: Permission) -> bool:
    return permission in TABLE[role]
