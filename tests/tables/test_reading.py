"""Files as people have them: whatever delimits, quotes, ends or compresses them."""

import csv
import gzip
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.tables import InputError, TableFile, reading


def _read(tmp_path, data, known=()):
    path = tmp_path / "table.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    file = TableFile(path, known)
    return file, file.read().rows()


@pytest.mark.parametrize(
    "data",
    [
        "a,b\n1,2\n3,4\n",
        "a,b\n1,2\n3,4",
        "a,b\r\n1,2\r\n3,4\r\n",
        "\ufeffa,b\n1,2\n3,4\n",
        "a;b\n1;2\n3;4\n",
        "a\tb\n1\t2\n3\t4\n",
        "a|b\n1|2\n3|4\n",
        "\na,b\n\n1,2\n\r\n3,4\n\n",
        '"a","b"\n"1","2"\n"3","4"\n',
        gzip.compress(b"a,b\n1,2\n3,4\n", mtime=0),
    ],
    ids=["plain", "no end", "crlf", "bom", "semicolon", "tab", "bar", "blank", "quoted", "gzip"],
)
def test_a_table_is_the_same_however_it_is_written(tmp_path, data):
    file, rows = _read(tmp_path, data)
    assert file.names == ("a", "b")
    assert rows == [("1", "2"), ("3", "4")]
    assert not file.notices


def test_quoted_delimiters_quotes_and_newlines_are_part_of_the_value(tmp_path):
    _, rows = _read(tmp_path, 'a,b\n"x\ny, ""z""",2\n,""\n')
    assert rows == [('x\ny, "z"', "2"), (None, "")]


def test_semicolons_win_over_decimal_commas(tmp_path):
    file, rows = _read(tmp_path, "größe;名\n1,5;2,5\n3,5;4,5\n")
    assert file.names == ("größe", "名")
    assert rows[0] == ("1,5", "2,5")


def test_missing_header_is_noticed_unless_a_known_name_is_in_it(tmp_path):
    file, rows = _read(tmp_path, "1,x\n2,y\n")
    assert file.names == ("column_1", "column_2")
    assert len(rows) == 2
    assert "no header" in file.notices[0]
    file, rows = _read(tmp_path, "1,x\n2,y\n", known=["x"])
    assert file.names == ("1", "x")
    assert rows == [("2", "y")]


def test_repeated_and_empty_names_become_distinct(tmp_path):
    file, _ = _read(tmp_path, "a,a,,a_2,column_3\nx,x,x,x,x\n")
    assert len(set(file.names)) == 5
    assert file.names[0] == "a"
    assert file.names[3] == "a_2"
    assert len(file.notices) == 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1,2\n3\n", "line 3: 1 fields where 2"),
        (b'a,b\n"x\ny",2\n3,4,5\n', "line 4: 3 fields where 2"),
        (b'a,b\n1,"2\n3,4\n', "line 2 is never closed"),
        (b"a,b\n1,\xe9\n", "line 2: byte 0xe9 is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"PK\x03\x04....", "Excel"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"a,b\r1,2\r", "bare"),
        (b"PAR1 nothing more", "damaged Parquet"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "cannot read"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(tmp_path, data, says):
    with pytest.raises(InputError, match=says) as raised:
        _read(tmp_path, data)
    assert "\n" not in str(raised.value)


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        TableFile(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a directory"):
        TableFile(tmp_path)


def test_parquet_keeps_its_types_and_comes_in_blocks(tmp_path, monkeypatch):
    frame = pl.DataFrame({"a": [1, 2, 3], "b": [True, None, False]})
    frame.write_parquet(tmp_path / "t.bin")
    monkeypatch.setattr(reading, "BLOCK_ROWS", 2)
    file = TableFile(tmp_path / "t.bin")
    assert [len(block) for block in file.blocks()] == [2, 1]
    assert file.read().equals(frame)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=6)


@given(
    rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    block=st.integers(1, 40),
)
def test_blocks_of_any_size_read_as_python_reads_them(tmp_path_factory, rows, delimiter, block):
    """Cut anywhere, inside quotes or inside a character, the rows are those of ``csv``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("p", "q", "r"), *rows])
    path = tmp_path_factory.mktemp("block") / "t.csv"
    path.write_bytes(text.getvalue().encode())
    file = TableFile(path, known=["p"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BLOCK_BYTES", block)
        assert file.read().rows() == rows
