"""MFA of the organization's admin at BILL, and the device that BILL remembers."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models

from onboarding.models.base import TenantOwned
from onboarding.models.onboarding import Onboarding
from portal.lib.fields import SealedText

# BILL remembers a device for 30 days.
REMEMBERED_FOR = timedelta(days=30)


# The admin is reminded at the 20th and at the 27th day.
REMIND_BEFORE_END = (timedelta(days=10), timedelta(days=3))


class MfaState(StrEnum):
    """How far MFA is. Each is written when BILL confirmed it, and not before."""

    NONE = "none"
    NOT_USED = "not_used"  # BILL asks this organization for no tokens
    SETUP = "setup"  # a token for the phone is on its way
    SET_UP = "set_up"  # the phone is confirmed; no session is trusted by that
    CHALLENGE = "challenge"  # a token for the challenge is on its way
    TRUSTED = "trusted"  # the device is remembered


class Mfa(TenantOwned):
    """One for each onboarding. A renewal moves `state` while the device is still remembered; see `is_trusted`."""

    onboarding = models.ForeignKey(Onboarding, models.PROTECT, related_name="+", db_constraint=False)
    state = models.CharField(max_length=10, default=MfaState.NONE.value)
    phone = SealedText(null=True)
    phone_type = models.CharField(max_length=5, blank=True)
    setup_id = SealedText(null=True)
    challenge_id = SealedText(null=True)
    # The phone was there before us; of it BILL tells the last digits.
    last_digits = models.CharField(max_length=4, blank=True)
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=20, blank=True)
    blocked_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)  # BILL was asked whether a phone is set up
    looks = ArrayField(models.DateTimeField(), default=list)  # presses that asked BILL, of the last hour
    # The call that BILL is being asked now, or whose answer nobody knows once `asked_until` has passed.
    asked = models.CharField(max_length=24, blank=True)
    asked_until = models.DateTimeField(null=True)

    remember_me_id = SealedText(null=True)
    device = models.CharField(max_length=40, blank=True)
    machine_name = models.CharField(max_length=60, blank=True)
    trusted_at = models.DateTimeField(null=True)
    trusted_until = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)  # BILL does not know the device any more
    reminded_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "onboarding"], name="mfa_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in MfaState]), name="mfa_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["remind_at"], condition=models.Q(remind_at__isnull=False), name="mfa_to_remind"
            )
        ]

    def __str__(self) -> str:
        return f"MFA ({self.state})"

    def is_trusted(self, now: datetime) -> bool:
        """Whether BILL remembers this portal, as far as we know."""
        return self.lost_at is None and self.trusted_until is not None and self.trusted_until > now

    def ends_soon(self, now: datetime) -> bool:
        """Whether the admin may renew it."""
        return self.trusted_until is not None and self.trusted_until - REMIND_BEFORE_END[0] <= now

    def is_done(self, now: datetime) -> bool:
        """Whether nothing is asked of the admin: it is remembered for longer than a reminder's time, or not needed."""
        return self.state == MfaState.NOT_USED or (self.is_trusted(now) and not self.ends_soon(now))
