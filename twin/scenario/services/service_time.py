"""How long a service takes."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field, model_validator

from twin.scenario.fields import wrong
from twin.units import DAY_S, StrictModel

# Coefficients of variation that the distribution itself fixes.
FIXED_CV: Final = {"exponential": 1.0, "deterministic": 0.0}


class ServiceTime(StrictModel):
    """How long one visit keeps one server busy; belongs to the need, not to the server."""

    distribution: Literal[
        "exponential", "deterministic", "lognormal", "gamma", "hyperexponential"
    ] = Field(description="shape")
    mean_s: float = Field(gt=0, le=366 * DAY_S, description="mean")
    cv: float = Field(
        default=-1.0,
        validate_default=False,
        ge=0,
        le=10,
        description="standard deviation / mean; exponential 1 and deterministic 0 need not say so",
    )

    @model_validator(mode="before")
    @classmethod
    def _fixed_cv(cls, value: Any) -> Any:  # noqa: ANN401 - what a file says
        if isinstance(value, dict) and "cv" not in value and value.get("distribution") in FIXED_CV:
            return {**value, "cv": FIXED_CV[value["distribution"]]}
        return value

    @model_validator(mode="after")
    def _cv_fits(self) -> ServiceTime:
        fixed = FIXED_CV.get(self.distribution)
        if fixed is not None and self.cv != fixed:
            raise wrong(
                f"cv {self.cv:g} with `{self.distribution}`",
                expected=f"cv {fixed:g}, or none",
                hint="lognormal and gamma take any cv",
            )
        if self.distribution == "hyperexponential" and 0 <= self.cv <= 1:
            raise wrong(
                f"cv {self.cv:g} with `hyperexponential`",
                expected="a cv above 1",
                hint="gamma takes any cv",
            )
        if fixed is None and self.cv <= 0:
            raise wrong(
                f"no cv with `{self.distribution}`", expected="a cv above 0, for example cv = 0.6"
            )
        return self
