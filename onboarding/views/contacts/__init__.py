"""The pages of the organization's own admin. They know one onboarding, and nothing of the staff's pages."""
