"""Every notebook runs, and its two files hold the same cells."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
UPDATE = "jupytext --to ipynb notebooks/*.py && jupyter execute --inplace notebooks/*.ipynb"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}}).execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_both_files_hold_the_same_cells(path):
    script = jupytext.read(path.with_suffix(".py"))
    notebook = nbformat.read(path, as_version=4)
    left, right = ([(c.cell_type, c.source) for c in n.cells] for n in (script, notebook))
    assert left == right, f"run: {UPDATE}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_name_no_machine(path):
    text = path.read_text("utf-8")
    assert not re.search(r"/(home|root|tmp|work|Users)/", text)
    notebook = nbformat.read(path, as_version=4)
    assert any(c.get("outputs") for c in notebook.cells), f"no outputs: {UPDATE}"


def test_there_are_notebooks():
    assert NOTEBOOKS
