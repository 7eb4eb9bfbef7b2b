"""The distribution of a service time, in the caller's unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field, ValidationError, model_validator

from twin.errors import InputError
from twin.kernels import durations
from twin.units import StrictModel

DISTRIBUTIONS: Final = {
    "exponential": durations.EXPONENTIAL,
    "deterministic": durations.DETERMINISTIC,
    "lognormal": durations.LOGNORMAL,
    "gamma": durations.GAMMA,
}


class ServiceTime(StrictModel):
    """How long a service takes.

    Attributes
    ----------
    distribution
        Family; an Erlang distribution of k stages is a gamma with ``cv = k ** -0.5``.
    mean
        Mean, in the caller's unit of time.
    cv
        Coefficient of variation, for lognormal and gamma.
    """

    distribution: Literal["exponential", "deterministic", "lognormal", "gamma"]
    mean: float = Field(gt=0)
    cv: float | None = Field(default=None, gt=0, le=100)

    @model_validator(mode="after")
    def _has_cv_where_free(self) -> ServiceTime:
        is_free = self.distribution in {"lognormal", "gamma"}
        if is_free and self.cv is None:
            raise ValueError(f"{self.distribution} needs `cv`")
        if not is_free and self.cv is not None:
            raise ValueError(f"{self.distribution} takes no `cv`")
        return self


def service_time(where: str, service: Mapping[str, object] | ServiceTime) -> ServiceTime:
    """Return a checked service time.

    Raises
    ------
    InputError
        If a field is missing, unknown or wrong.
    """
    if isinstance(service, ServiceTime):
        return service
    if not isinstance(service, Mapping):
        raise InputError(where, f"found {service!r}", expected="a ServiceTime or its fields")
    try:
        return ServiceTime.model_validate(dict(service))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            ".".join([where, *map(str, first["loc"])]),
            f"found {first['input']!r}",
            expected=first["msg"],
            hint="service takes: distribution, mean, cv (lognormal and gamma only)",
        ) from None
