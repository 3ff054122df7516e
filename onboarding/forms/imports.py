"""A file of clients, and what its columns are."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from onboarding.models import Connection

Choices = Sequence[tuple[str, str | list[tuple[str, str]]]]


class ImportForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="Excel (.xlsx) or CSV, at most 100,000 rows.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
    )
    environment = forms.ChoiceField(label="BILL environment")

    def __init__(
        self, data: Any = None, files: Any = None, *, connections: Mapping[str, Connection], most: int
    ) -> None:
        super().__init__(data, files)
        self.most = most
        field = self.fields["environment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name.capitalize()) for name in connections]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if (file.size or 0) > self.most:
            raise forms.ValidationError(
                f"This file is larger than {self.most // 1024**2} MB. Split it into smaller files."
            )
        return file


class ColumnsForm(forms.Form):
    """For each column of the file, which of ours it is."""

    def __init__(
        self, data: Any = None, *, header: Sequence[str], mapping: Mapping[str, int], choices: Choices
    ) -> None:
        at = {index: key for key, index in mapping.items()}
        super().__init__(data, initial={f"column-{n}": at.get(n, "") for n in range(len(header))})
        for n, name in enumerate(header):
            self.fields[f"column-{n}"] = forms.ChoiceField(
                label=name or f"Column {n + 1}, without a name", choices=choices, required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen: dict[str, str] = {}
        for name, key in list(cleaned.items()):
            if key and key in seen:
                self.add_error(name, f"Chosen for “{self.fields[seen[key]].label}” already.")
            seen.setdefault(key, name)
        return cleaned

    def mapping(self) -> dict[str, int]:
        """The file's column for each of ours that was chosen."""
        chosen = {key: name for name, key in self.cleaned_data.items() if key}
        return {key: int(name.removeprefix("column-")) for key, name in chosen.items()}
