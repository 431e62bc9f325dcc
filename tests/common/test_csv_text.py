import csv
import io

import polars as pl

from rlmrec.common.tables import csv_text


def test_no_text_of_a_csv_file_is_a_formula() -> None:
    formulas = ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", " =A1", "\t=A1", '="a"', "\uff1d1"]
    harmless = ["data", "", None, "0.5 0.6", "-0.5", "+1e-05 -2", "a=b", "lr=0.1, -x", "'"]
    table = pl.DataFrame({"text": [*formulas, *harmless], "number": [-1.5] * 17})
    read = list(csv.DictReader(io.StringIO(csv_text(table), newline="")))
    assert [row["text"] for row in read] == [f"'{text}" for text in formulas] + [text or "" for text in harmless]
    assert {row["number"] for row in read} == {"-1.5"}
