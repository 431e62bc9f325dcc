import csv
import io

import polars as pl

from rlmrec.common.tables import csv_text, without_apostrophes


def test_no_text_of_a_csv_file_is_a_formula() -> None:
    formulas = ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", " =A1", "\t=A1", '="a"', "\uff1d1"]
    harmless = ["data", "", None, "0.5 0.6", "-0.5", "+1e-05 -2", "a=b", "lr=0.1, -x", "'"]
    table = pl.DataFrame({"text": [*formulas, *harmless], "number": [-1.5] * 17})
    read = list(csv.DictReader(io.StringIO(csv_text(table), newline="")))
    assert [row["text"] for row in read] == [f"'{text}" for text in formulas] + [text or "" for text in harmless]
    assert {row["number"] for row in read} == {"-1.5"}


def test_no_two_texts_become_one_and_all_are_read_as_they_were() -> None:
    texts = ["=cmd()", "'=cmd()", "''=cmd()", "' =a", "'x", "-5", "'-5", "'", "''", "-a", "'-a"]
    written = csv_text(pl.DataFrame({"id": texts}))
    assert written.splitlines()[1:4] == ["'=cmd()", "''=cmd()", "'''=cmd()"] and written.splitlines()[5:8] == texts[4:7]
    read = pl.read_csv(written.encode(), infer_schema=False)["id"]
    assert without_apostrophes(read).to_list() == texts
