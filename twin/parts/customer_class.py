"""A class of customers: how many come, what they need, how long they put up with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import Field, ValidationError, model_validator

from twin.errors import InputError
from twin.parts.pieces import Pieces, rates
from twin.parts.service_time import ServiceTime, service_time
from twin.units import StrictModel

if TYPE_CHECKING:
    from collections.abc import Iterable

N_CLASSES_MAX: Final = 100
_FIELDS: Final = ("arrival_rate", "service", "patience", "balking")


class Balking(StrictModel):
    """When somebody who would have to wait walks away from the line.

    Attributes
    ----------
    at
        People in the line at which nobody joins any more.
    half, slope
        P(walks away) = 1 / (1 + exp(-slope (people in the line - half))).
    """

    at: int | None = Field(default=None, ge=0, le=1 << 31)
    half: float = Field(default=0.0, allow_inf_nan=False)
    slope: float = Field(default=0.0, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _says_something(self) -> Balking:
        if self.at is None and self.slope == 0.0:
            raise ValueError("balking needs `at`, or `half` and `slope`")
        return self


@dataclass(frozen=True)
class CustomerClass:
    """One class of customers, checked.

    Attributes
    ----------
    rates
        Arrivals per unit of time.
    service
        Time a service takes.
    patience
        How long they wait before they give up; None for ever.
    balking
        When they do not join; None never.
    """

    rates: Pieces
    service: ServiceTime
    patience: ServiceTime | None
    balking: Balking | None


def customer_class(where: str, fields: Mapping[str, object], *, joint: str = ".") -> CustomerClass:
    """Return a checked class of customers.

    Parameters
    ----------
    where
        Where the fields stand.
    fields
        The fields.
    joint
        What stands between the two in messages.

    Raises
    ------
    InputError
        If a field is missing, unknown or wrong.
    """
    if not isinstance(fields, Mapping):
        raise InputError(
            where, f"found {fields!r}", expected=f"a mapping with {', '.join(_FIELDS)}"
        )
    for name in fields:
        if name not in _FIELDS:
            raise InputError(
                f"{where}{joint}{name}", "unknown field", expected=f"one of {', '.join(_FIELDS)}"
            )
    for name in ("arrival_rate", "service"):
        if fields.get(name) is None:
            raise InputError(f"{where}{joint}{name}", "missing", expected="it is always needed")
    patience = fields.get("patience")
    if patience is not None:
        patience = service_time(f"{where}{joint}patience", patience)
        if patience.share_short is not None:
            raise InputError(
                f"{where}{joint}patience.share_short",
                f"found {patience.share_short:g}",
                expected="none: patience has balanced means",
            )
    return CustomerClass(
        rates=rates(f"{where}{joint}arrival_rate", fields["arrival_rate"]),
        service=service_time(f"{where}{joint}service", fields["service"]),
        patience=patience,
        balking=_balking(f"{where}{joint}balking", fields.get("balking")),
    )


def customer_classes(
    where: str, classes: Iterable[Mapping[str, object]]
) -> tuple[CustomerClass, ...]:
    """Return checked classes, the first in priority first.

    Raises
    ------
    InputError
        If they are none or too many, or one is wrong.
    """
    expected = f"1 to {N_CLASSES_MAX} classes, the first in priority first"
    if isinstance(classes, (str, bytes, Mapping)) or not hasattr(classes, "__iter__"):
        raise InputError(where, f"found {classes!r}", expected=expected)
    made = tuple(customer_class(f"{where}[{i}]", one) for i, one in enumerate(classes))
    if not 1 <= len(made) <= N_CLASSES_MAX:
        raise InputError(where, f"{len(made)} classes", expected=expected)
    return made


def _balking(where: str, value: object) -> Balking | None:
    if value is None or isinstance(value, Balking):
        return value
    if not isinstance(value, Mapping):
        raise InputError(where, f"found {value!r}", expected="a Balking or its fields")
    try:
        return Balking.model_validate(dict(value))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            ".".join([where, *map(str, first["loc"])]),
            f"found {first['input']!r}",
            expected=first["msg"],
            hint="balking takes: at (a length), or half and slope",
        ) from None
