"""The distribution of a service time, in the caller's unit."""

from __future__ import annotations

import math
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
    "hyperexponential": durations.HYPEREXPONENTIAL,
}
_WITHOUT_CV: Final = {"exponential", "deterministic"}


class ServiceTime(StrictModel):
    """How long a service takes, or how long somebody is patient.

    Attributes
    ----------
    distribution
        Family; an Erlang distribution of k stages is a gamma with ``cv = k ** -0.5``.
        A hyperexponential is exponential of one mean or of another.
    mean
        Mean, in the caller's unit of time.
    cv
        Coefficient of variation, for all but exponential and deterministic; above 1 for
        hyperexponential.
    share_short
        Of hyperexponential times, those of the shorter mean. None: so many that both
        kinds add up to the same time (balanced means).
    """

    distribution: Literal["exponential", "deterministic", "lognormal", "gamma", "hyperexponential"]
    mean: float = Field(gt=0)
    cv: float | None = Field(default=None, gt=0, le=100)
    share_short: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _has_cv_where_free(self) -> ServiceTime:
        is_free = self.distribution not in _WITHOUT_CV
        if is_free and self.cv is None:
            raise ValueError(f"{self.distribution} needs `cv`")
        if not is_free and self.cv is not None:
            raise ValueError(f"{self.distribution} takes no `cv`")
        if self.distribution == "hyperexponential" and self.cv is not None:
            self._check_mixture(self.cv)
        elif self.share_short is not None:
            raise ValueError(f"{self.distribution} takes no `share_short`")
        return self

    def _check_mixture(self, cv: float) -> None:
        if cv <= 1.0:
            raise ValueError("hyperexponential needs `cv` above 1")
        if self.share_short is not None:
            least = (cv**2 - 1.0) / (cv**2 + 1.0)
            if self.share_short < least * (1.0 - 1e-12):
                raise ValueError(f"with cv {cv:g} `share_short` is at least {least:.6g}")

    @classmethod
    def mixture(cls, share: float, first: float, second: float) -> ServiceTime:
        """Return the time that is exponential of mean `first` with probability `share`.

        Otherwise it is exponential of mean `second`.
        """
        mean = share * first + (1.0 - share) * second
        square = 2.0 * (share * first**2 + (1.0 - share) * second**2)
        return cls(
            distribution="hyperexponential",
            mean=mean,
            cv=math.sqrt(square / mean**2 - 1.0),
            share_short=share if first <= second else 1.0 - share,
        )

    @property
    def share(self) -> float:
        """Share of short times as the kernels take it."""
        return durations.BALANCED if self.share_short is None else self.share_short


def service_time(where: str, service: object) -> ServiceTime:
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
            hint="it takes: distribution, mean; cv and share_short where the distribution does",
        ) from None
