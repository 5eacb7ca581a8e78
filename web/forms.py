"""Forms: what was sent with one, and how its fields are shown again with what is wrong beside each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

from web.bodies import read_body

# A text of 20,000 characters, each of them written as %F0%9F%90%9B, and some more.
MAX_FORM_BYTES: Final = 256 * 1024
MAX_FIELDS: Final = 100
_URL_ENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values that a field may have."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field with what was typed into it. `values` of a field with choices are those that are chosen."""

    name: str
    label: str
    hint: str = ""
    values: tuple[str, ...] = ()
    problem: str = ""
    choices: tuple[Choice, ...] = ()

    @property
    def value(self) -> str:
        """What was typed; empty when nothing was."""
        return self.values[0] if self.values else ""

    @property
    def described_by(self) -> str:
        """The ids of what says more about the field, in the order in which it is read out."""
        parts = (f"{self.name}-problem" if self.problem else "", f"{self.name}-hint" if self.hint else "")
        return " ".join(part for part in parts if part)


class Fields:
    """The fields of a form, each an attribute of a dataclass, in their order."""

    __slots__ = ()

    @property
    def all(self) -> tuple[Field, ...]:
        """Each of them."""
        return tuple(getattr(self, each.name) for each in fields(cast("Any", self)))

    @property
    def wrong(self) -> tuple[Field, ...]:
        """Those in which something has to be changed."""
        return tuple(field for field in self.all if field.problem)


async def read_form(request: Request) -> Mapping[str, Sequence[str]]:
    """What was sent with a form, by name; a field may come several times.

    Raises:
        HTTPException: it is no form, or too large for one of ours.
    """
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _URL_ENCODED:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    body = await read_body(request, MAX_FORM_BYTES)
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None


def first(sent: Mapping[str, Sequence[str]], name: str) -> str:
    """What was sent with a form under a name; empty when nothing was."""
    return next(iter(sent.get(name, ())), "")
