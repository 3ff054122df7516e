"""The organization's own admin: who it is, the links they were sent, and the devices they opened one on."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.onboarding import Onboarding
from portal.lib.fields import SealedJSON, SealedText
from portal.tenants.models import Staff

LINK_LASTS = timedelta(days=7)
VISIT_LASTS = timedelta(hours=8)
CODE_LASTS = timedelta(minutes=10)
MOST_TRIES = 5


class Contact(TenantOwned):
    """One person for one onboarding; whoever takes their place is another row."""

    onboarding = models.ForeignKey(Onboarding, models.PROTECT, related_name="contacts", db_constraint=False)
    name = SealedText()
    email = SealedText()
    email_fingerprint = models.BinaryField(max_length=16)
    language = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", db_constraint=False)
    # "It is not me": nothing is sent to this address any more.
    declined_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)
    # The staff took it back: nothing opens, and nothing is sent, until they send another link.
    revoked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)  # the mailbox, by a code
    seen_details_at = models.DateTimeField(null=True)
    seen_details = models.BinaryField(max_length=16, null=True)  # a fingerprint of what was shown then

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "onboarding"],
                condition=models.Q(replaced_at__isnull=True),
                name="contact_one_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["email_fingerprint"], name="contact_by_email")]

    def __str__(self) -> str:
        return "contact"

    @property
    def may_come(self) -> bool:
        return self.declined_at is None and self.replaced_at is None and self.revoked_at is None


class Why(StrEnum):
    """Why a link was sent."""

    INVITED = "invited"
    REMINDED = "reminded"
    ASKED = "asked"  # the contact asked for a fresh one
    PHONE = "phone"  # their user is there now, and MFA can be set up
    ANSWERED = "answered"  # staff answered what they said is wrong
    RENEWAL = "renewal"  # the remembered device ends soon


class Invitation(TenantOwned):
    """A link for one contact (see `portal.lib.links`). It is used up by a press, never by a look."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="invitations", db_constraint=False)
    why = models.CharField(max_length=8)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_constraint=False)
    expires_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)  # it was opened; mail scanners do that, too
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation ({self.why})"

    def is_open(self, now: datetime) -> bool:
        return self.used_at is None and self.revoked_at is None and self.expires_at > now


class Visit(TenantOwned):
    """A contact on one device. What the link alone must not show is shown once the mailbox is confirmed."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="visits", db_constraint=False)
    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="visits", db_constraint=False)
    key_hash = models.BinaryField(max_length=32, unique=True)
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    code_hash = models.BinaryField(max_length=16, null=True)
    code_sent_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return "visit"

    def is_live(self, now: datetime) -> bool:
        return self.ended_at is None and self.expires_at > now


class Objection(TenantOwned):
    """ "This is wrong": what the contact says about one thing that the partner entered."""

    onboarding = models.ForeignKey(Onboarding, models.PROTECT, related_name="objections", db_constraint=False)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+", db_constraint=False)
    item = models.CharField(max_length=40)
    said = SealedText()
    made_at = models.DateTimeField()
    answer = SealedText(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_constraint=False)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "onboarding"], name="objection_of_onboarding")]

    def __str__(self) -> str:
        return f"objection to {self.item}"


class Mail(TenantOwned):
    """A mail to a contact, written down with what it tells of, and sent by a worker until it is gone."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="mails", db_constraint=False)
    kind = models.CharField(max_length=12)
    invitation = models.ForeignKey(
        Invitation, models.PROTECT, null=True, related_name="mails", db_constraint=False
    )
    # What only this mail knows; forgotten once it is sent.
    facts = SealedJSON(default=dict)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=100, blank=True)

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="mail_due"),
            models.Index(fields=["tenant", "contact", "-made_at"], name="mail_of_contact"),
        ]

    def __str__(self) -> str:
        return f"mail ({self.kind})"
