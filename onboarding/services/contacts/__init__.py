"""The organization's own admin: inviting them, their visits, their mails, and what they say and allow."""
