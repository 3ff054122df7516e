"""Reading a page the way a browser does, as far as tests need it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Tag:
    name: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Every tag of a page, with the text up to the next tag."""

    source: str
    tags: list[Tag] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(Tag(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.tags:
            self.tags[-1].text += data

    def all(self, name: str) -> list[Tag]:
        return [tag for tag in self.tags if tag.name == name]

    def named(self, name: str) -> Tag:
        """The form control of this name."""
        return next(tag for tag in self.tags if tag.attributes.get("name") == name)

    def value(self, name: str) -> str:
        """What stands in the control: its value, its text, or the chosen option."""
        control = self.named(name)
        if control.name == "textarea":
            return control.text.removeprefix("\n")
        if control.name == "select":
            return self._chosen(control)
        if control.attributes.get("type") == "radio":
            same = [t for t in self.tags if t.attributes.get("name") == name and "checked" in t.attributes]
            return same[0].attributes["value"] if same else ""
        if control.attributes.get("type") == "checkbox":
            return "on" if "checked" in control.attributes else ""
        return control.attributes.get("value", "")

    def _chosen(self, control: Tag) -> str:
        for tag in self.tags[self.tags.index(control) + 1 :]:
            if tag.name != "option":
                return ""
            if "selected" in tag.attributes:
                return tag.attributes.get("value", "")
        return ""

    def error(self, name: str) -> str:
        """The words beside the control, found by the id that Django ties them with."""
        wanted = f"id_{name}_error"
        at = next((i for i, tag in enumerate(self.tags) if tag.attributes.get("id") == wanted), None)
        if at is None:
            return ""
        # The sentence follows the icon: the svg's tags are between.
        return "".join(tag.text for tag in self.tags[at : at + 4]).strip()


def page(response: Any) -> Page:
    return Page(response.content.decode())


def form_of(response: Any) -> dict[str, str]:
    """What the step's form would send if it were submitted as it stands."""
    read = page(response)
    names = {
        tag.attributes["name"]
        for tag in read.tags
        if tag.name in ("input", "select", "textarea") and tag.attributes.get("name")
    }
    return {name: read.value(name) for name in names - {"q", "csrfmiddlewaretoken", "tenant"}}


def message(response: Any) -> list[str]:
    """The messages on a page that was followed to."""
    return [str(one) for one in response.context["messages"]]
