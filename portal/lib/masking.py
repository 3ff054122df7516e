"""How personal data is shown to those who may know that it is there, but not what it is."""


def last_four(text: str) -> str:
    """Only the last four characters of a number: `•••• 6789`."""
    kept = "".join(c for c in text if c.isalnum())
    return f"•••• {kept[-4:]}" if len(kept) > 4 else ("••••" if kept else "")


def email(text: str) -> str:
    """The first letter and the domain: `t•••@example.com`."""
    name, at, domain = text.partition("@")
    return f"{name[:1]}•••@{domain}" if at else last_four(text)


def person(text: str) -> str:
    """Initials: `T. S.`"""
    return " ".join(f"{word[0]}." for word in text.split())


def year(date: str) -> str:
    """The year of an ISO date: `1985-••-••`."""
    return f"{date[:4]}-••-••" if date else ""
