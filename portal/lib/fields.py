"""Model fields that are encrypted in the database and plain in Python."""

import base64
import json
import zlib
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.lib.crypto import box


class SealedText(models.BinaryField):  # type: ignore[type-arg]  # cannot be subscripted at run time
    """Text, encrypted at rest and bound to its table and column; it cannot be searched."""

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def dumps(self, value: Any) -> str:
        return str(value)

    def loads(self, text: str) -> Any:
        return text

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        sealed = None if value is None else box().seal(self.dumps(value), self.place)
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return None if value is None else self.loads(box().open(bytes(value), self.place))

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class SealedJSON(SealedText):
    """A JSON object, encrypted at rest as a whole."""

    def dumps(self, value: Any) -> str:
        return json.dumps(value, separators=(",", ":"))

    def loads(self, text: str) -> Any:
        return json.loads(text)


class SealedBytes(SealedText):
    """A whole file, compressed and encrypted at rest."""

    def dumps(self, value: Any) -> str:
        return base64.b64encode(zlib.compress(value)).decode()

    def loads(self, text: str) -> Any:
        return zlib.decompress(base64.b64decode(text))
