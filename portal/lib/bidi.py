"""Names among words of another direction: none may turn the text around it, and none is torn by it."""

import re
import unicodedata

SPACES = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
# What is not seen and changes how the rest is read: control characters, marks and embeddings of direction, zero-width
# spaces. Joiners stay, names in Persian and Indic scripts are spelt with them; NUL stays to be refused as such.
UNSEEN = re.compile(r"[\x01-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
OTHER_WAY = {"ltr": frozenset({"R", "AL", "AN"}), "rtl": frozenset({"L", "EN"})}
ISOLATE, POP = "\u2068", "\u2069"


def plain(text: str) -> str:
    """The text without what is not seen; line breaks and tabs become spaces."""
    return UNSEEN.sub("", SPACES.sub(" ", text)).strip()


def isolated(text: str, direction: str) -> str:
    """The name for a sentence of this direction: by itself where it has characters that run the other way."""
    text = plain(text)
    turns = any(unicodedata.bidirectional(c) in OTHER_WAY[direction] for c in text)
    return f"{ISOLATE}{text}{POP}" if turns else text
