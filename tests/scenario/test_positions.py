from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twin.errors import ScenarioError
from twin.scenario.located import leaves, plain
from twin.scenario.positions import MAX_BYTES, lines_of_keys, read_toml

Write = Callable[..., Path]

EVERYTHING = """\
# a comment
top = 1
"quoted key" = 2
dotted.inner = 3

[table]
inline = {a = 1, b = {c = 2}}
array = [
  10,  # ten
  {x = 1},
]

[[things]]
id = "one"
[things.sub]
deep = 1
[[things.parts]]
k = 1
[[things]]
id = "two"
[[things.parts]]
k = 2
[[things.parts]]
k = 3
"""


def test_every_value_has_the_line_that_wrote_it(write: Write) -> None:
    root = read_toml(write(EVERYTHING))
    found = {".".join(map(str, path)): node.place.line for path, node in leaves(root)}
    assert found == {
        "top": 2,
        "quoted key": 3,
        "dotted.inner": 4,
        "table.inline.a": 7,
        "table.inline.b.c": 7,
        "table.array": 8,
        "things.one.id": 14,
        "things.one.sub.deep": 16,
        "things.one.parts.0.k": 18,
        "things.two.id": 20,
        "things.two.parts.0.k": 22,
        "things.two.parts.1.k": 24,
    }


def test_elements_and_tables_have_lines() -> None:
    lines = lines_of_keys(EVERYTHING)
    assert lines["table",] == 6
    assert lines["things", 0] == 13
    assert lines["things", 1] == 19
    assert lines["things", 1, "parts", 1] == 23
    assert lines["table", "array", 0] == 9
    assert lines["table", "array", 1, "x"] == 10


def test_values_are_those_of_tomllib(write: Write) -> None:
    import tomllib

    assert plain(read_toml(write(EVERYTHING))) == tomllib.loads(EVERYTHING)


def test_windows_files_read_alike(write: Write) -> None:
    path = write("")
    path.write_bytes(b"\xef\xbb\xbf" + EVERYTHING.replace("\n", "\r\n").encode())
    root = read_toml(path)
    assert {node.place.line for _, node in leaves(root)} >= {2, 24}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a = 1\nb = \nc = 3\n",
            (
                "town.toml:2: not TOML: invalid value\n"
                '  expected: lines like key = 1, key = "text", [table] or [[table]]\n'
                "  hint: the line reads `b =`"
            ),
        ),
        (
            "a = 1\na = 2\n",
            (
                "town.toml:2: not TOML: the key is given twice\n"
                '  expected: lines like key = 1, key = "text", [table] or [[table]]\n'
                "  hint: the line reads `a = 2`"
            ),
        ),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(write: Write, text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as error:
        read_toml(write(text))
    assert str(error.value) == message


def test_what_is_not_utf8_is_told_with_its_line(write: Write) -> None:
    path = write("")
    path.write_bytes(b'name = "a"\ntitle = "caf\xe9"\n')
    with pytest.raises(ScenarioError, match=r"town.toml:2: byte 0xe9 is not UTF-8"):
        read_toml(path)


def test_a_huge_file_is_refused_before_it_is_read(write: Write) -> None:
    path = write("# " + "x" * MAX_BYTES)
    with pytest.raises(ScenarioError, match="is larger than 1,000,000 bytes"):
        read_toml(path)


def test_deep_nesting_is_refused(write: Write) -> None:
    with pytest.raises(ScenarioError, match=r"nested too deeply|not TOML"):
        read_toml(write("a = " + "[" * 20_000 + "]" * 20_000))


def test_a_missing_file_names_its_likely_sibling(write: Write) -> None:
    write("", "baseline.toml")
    with pytest.raises(ScenarioError) as error:
        read_toml(Path("basline.toml"))
    assert str(error.value) == (
        "basline.toml: cannot be read (No such file or directory)\n"
        "  expected: a scenario file\n  hint: did you mean `baseline.toml`?"
    )


def test_a_folder_is_no_scenario(write: Write) -> None:
    write("", "town/baseline.toml")
    with pytest.raises(ScenarioError, match=r"is a folder(.|\n)*it holds baseline.toml"):
        read_toml(Path("town"))
