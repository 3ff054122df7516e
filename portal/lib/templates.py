"""Templates as they are meant: the newline at the end of a file is no part of what it says."""

from django.template import Origin
from django.template.loaders import filesystem


class Loader(filesystem.Loader):
    """A template that is included in a sentence is followed by its full stop, not by a space."""

    def get_contents(self, origin: Origin) -> str:
        return super().get_contents(origin).removesuffix("\n")
