"""The rows of the domain."""

from onboarding.models.attempt import Attempt, AttemptOutcome
from onboarding.models.branding import Branding
from onboarding.models.budget import Bucket, Budget
from onboarding.models.connection import Connection, Environment
from onboarding.models.consent import HOW_CHOICES, Acceptance, Grant, How, Scope
from onboarding.models.contact import Contact, Invitation, Mail, Objection, Visit, Why
from onboarding.models.imports import Import, ImportRow, ImportState, RowState
from onboarding.models.onboarding import Onboarding
from onboarding.models.scan import ListedOrganization, Scan, ScanState
from onboarding.models.session import LIVE, BillSession, Purpose, SessionState
from onboarding.models.step import Step
from onboarding.models.trust import Mfa, MfaState

__all__ = [
    "HOW_CHOICES",
    "LIVE",
    "Acceptance",
    "Attempt",
    "AttemptOutcome",
    "BillSession",
    "Branding",
    "Bucket",
    "Budget",
    "Connection",
    "Contact",
    "Environment",
    "Grant",
    "How",
    "Import",
    "ImportRow",
    "ImportState",
    "Invitation",
    "ListedOrganization",
    "Mail",
    "Mfa",
    "MfaState",
    "Objection",
    "Onboarding",
    "Purpose",
    "RowState",
    "Scan",
    "ScanState",
    "Scope",
    "SessionState",
    "Step",
    "Visit",
    "Why",
]
