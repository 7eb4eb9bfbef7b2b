"""The formulas themselves against published numbers, so that tests do not test each other."""

from __future__ import annotations

import pytest

from tests.theory import closed_forms as known


def test_erlang_b_and_c_have_the_tabulated_values() -> None:
    assert known.erlang_b(3.0, 5) == pytest.approx(0.1101, abs=5e-5)
    assert known.erlang_c(2.0, 3) == pytest.approx(4.0 / 9.0)


def test_one_server_is_the_simplest_case_of_all() -> None:
    assert known.mmc_wait(0.8, 1.0, 1) == pytest.approx(4.0)
    assert known.pollaczek_khinchine(0.8, 1.0, 1.0) == pytest.approx(4.0)
    assert known.mmck_states(4.0, 1.0, 4, 4)[-1] == pytest.approx(known.erlang_b(4.0, 4))


def test_crommelin_with_one_server_is_pollaczek_khinchine() -> None:
    assert known.crommelin_wait(0.8, 1.0, 1) == pytest.approx(
        known.pollaczek_khinchine(0.8, 1.0, 0.0), rel=1e-9
    )
    # Tijms, A First Course in Stochastic Models: M/D/2 at load 0.8.
    assert known.crommelin_wait(1.6, 1.0, 2) == pytest.approx(0.9033, abs=5e-5)
