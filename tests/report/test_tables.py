"""Tables in every form."""

import json
import re
from io import StringIO
from pathlib import Path

import polars as pl
from rich.console import Console

from made_up_runs import write
from rlmrec.report import tables
from rlmrec.report.build import Report
from rlmrec.report.comparison import compare
from rlmrec.report.finished_run import find
from rlmrec.report.headline import headlines
from rlmrec.report.setting import group_runs
from rlmrec.report.tables import TextTable

TABLE = TextTable("50 % & more", ["a_b", "n"], [["x|y <b>", "1"], [r"[red]\z", ""]], note="see #1")


def test_markdown_escapes() -> None:
    assert TABLE.markdown().splitlines() == [
        "**50 % & more**",
        "",
        r"| a\_b | n |",
        "| --- | ---: |",
        r"| x\|y \<b\> | 1 |",
        r"| [red]\\z |  |",
        "",
        "see #1",
    ]


def test_latex_escapes() -> None:
    text = TABLE.latex()
    assert r"\caption{50 \% \& more. see \#1}" in text
    assert r"\begin{tabular}{lr}" in text and text.count(r"\toprule") == text.count(r"\bottomrule") == 1
    assert r"a\_b & n \\" in text
    assert r"x\textbar{}y \textless{}b\textgreater{} & 1 \\" in text
    assert r"{[}red]\textbackslash{}z &  \\" in text, "a bracket at the start would be an option of the row before"


def test_brackets_are_no_markup_in_the_terminal() -> None:
    printed = StringIO()
    Console(file=printed, width=60).print(TABLE.rich())
    assert r"[red]\z" in printed.getvalue()


def test_eighty_columns_break_options_between_words_and_numbers_never(tmp_path: Path) -> None:
    users = {str(i): i / 100 for i in range(30)}
    for seed in (1, 2):
        for noise in (0, 0.1):
            write(tmp_path / f"n{noise}{seed}", "none", seed, 0.1 * seed, users, interaction_noise=noise)
            for ablation in ("none", "shuffled"):
                more = {"interaction_noise": noise, "text_ablation": ablation}
                write(tmp_path / f"c{noise}{ablation}{seed}", "contrastive", seed, 0.15 * seed, users, **more)
    compared = compare(group_runs(find([str(tmp_path)])[0])[0], ["recall@20"])
    (table,) = tables.summary(compared, ["recall@20"])
    printed = StringIO()
    Console(file=printed, width=80).print(table.rich())
    words = printed.getvalue().split()
    assert words.count("text_ablation=shuffled") == words.count("text_ablation=none") == 2
    for row in table.rows:
        assert all(value in printed.getvalue() for value in row[2:])
    assert max(map(len, printed.getvalue().splitlines())) <= 80


def test_empty_columns_go() -> None:
    narrow = TextTable("t", ["a", "b", "c"], [["", "", "1"], ["", "", "2"]], words=2).narrow
    assert (narrow.header, narrow.rows, narrow.words) == (["a", "c"], [["", "1"], ["", "2"]], 1)


def test_numbers_are_those_of_the_runs(tmp_path: Path) -> None:
    users = {str(i): i / 100 for i in range(30)}
    for seed, recall in ((1, 0.123456), (2, 0.2)):
        write(tmp_path / f"n{seed}", "none", seed, recall, users)
        write(tmp_path / f"c{seed}", "contrastive", seed, recall * 2, {name: v + 0.1 for name, v in users.items()})
    compared = compare(group_runs(find([str(tmp_path)])[0])[0], ["recall@20", "ndcg@20"])
    table = tables.results(compared, ["recall@20"])[0].narrow
    assert table.header == ["backbone", "align", "seeds", "recall@20", "gain", "best epochs"]
    assert table.rows == [
        ["lightgcn", "none", "2", "0.1617 ± 0.0541", "", "11, 12"],
        ["lightgcn", "contrastive", "2", "0.3235 ± 0.1082", "+100.0 %", "11, 12"],
    ]
    assert [row[3:] for table in tables.summary(compared, ["recall@20"]) for row in table.narrow.rows] == [
        ["0.1617 ± 0.0541", ""],
        ["0.3235 ± 0.1082", "+100.0 %"],
    ]
    (paired,) = tables.tests(compared, ["recall@20"])
    assert paired.rows[0][:4] == ["books · lightgcn · contrastive", "recall@20", "+100.0 %", "2 of 2 and 2"]
    assert paired.rows[0][4:8] == ["", "", "30", "<0.0001"], "two seeds are not tested"
    long = tables.long_form(compared)
    assert long["values"].to_list()[:2] == ["0.123456 0.2", "0.246912 0.4"]
    assert long.filter(pl.col("metric") == "ndcg@20")["mean"].to_list() == [0.080864, 0.161728]
    assert long["gain"].is_null().sum() == 2 and not re.search("nan", long.write_csv(), re.IGNORECASE)
    assert "± standard deviation" in table.title and "Holm" in table.note and "paper" not in table.note


def test_the_best_is_bold_in_every_form(tmp_path: Path) -> None:
    write(tmp_path / "n", recall=0.3)
    write(tmp_path / "c", "contrastive", recall=0.2)
    compared = compare(group_runs(find([str(tmp_path)])[0])[0], ["recall@20", "ndcg@20"])
    (table,) = tables.results(compared, ["recall@20", "ndcg@20"])
    assert {table.rows[row][column] for row, column in table.best} == {"0.3000", "0.1500"}
    assert "**0.3000**" in table.markdown() and "**0.2000**" not in table.markdown()
    assert r"\textbf{0.1500}" in table.latex()
    assert "±" not in table.markdown() and "one seed each" in table.title


def test_only_settings_that_were_asked_for_the_same_are_ranked(tmp_path: Path) -> None:
    for name, recall, pool in (("a", 0.1, "all"), ("b", 0.2, "all"), ("c", 0.6, "cold"), ("d", 0.5, "cold")):
        write(tmp_path / name, "none" if name in "ac" else "contrastive", recall=recall, evaluation__item_pool=pool)
    compared = compare(group_runs(find([str(tmp_path)])[0])[0], ["recall@20"])
    (table,) = tables.results(compared, ["recall@20"])
    assert {table.rows[row][column] for row, column in table.best} == {"0.2000", "0.6000"}
    told = headlines(compared, "recall@20")
    assert [line.partition(":")[0] for line in told] == ["books, item_pool=all", "books, item_pool=cold"]
    assert "0.2000, by lightgcn with align=contrastive" in told[0]


def test_stars_are_for_three_seeds_that_both_sides_have(tmp_path: Path) -> None:
    for seed, noise in ((1, 0.0), (2, 0.001), (3, -0.001), (4, 0.3)):
        write(tmp_path / f"n{seed}", "none", seed, 0.1 + noise)
        write(tmp_path / f"c{seed}", "contrastive", seed if seed < 4 else 5, 0.2 - noise)
    compared = compare(group_runs(find([str(tmp_path)])[0])[0], ["recall@20"])
    assert compared[1].seeds == 3
    table = tables.results(compared, ["recall@20"])[0].narrow
    assert table.rows[1][4].endswith("%**"), "the fourth seeds differ by chance, and have no partner"


def test_the_papers_footnote_stands_beside_its_column_only(tmp_path: Path) -> None:
    for dataset in ("amazon", "books"):
        write(tmp_path / dataset, dataset=dataset)
    compared = compare(group_runs(find([str(tmp_path)])[0])[0], ["recall@20"])
    amazon, books = (table.narrow for table in tables.results(compared, ["recall@20"]))
    assert "paper" in amazon.header and "paper: RLMRec" in amazon.note
    assert "paper" not in books.header and "paper" not in books.note


def test_nothing_to_compare(tmp_path: Path) -> None:
    write(tmp_path / "n")
    settings, _ = group_runs(find([str(tmp_path)])[0])
    assert tables.tests(compare(settings, ["recall@20"]), ["recall@20"]) == []
    assert tables.beyond_accuracy(settings) == []


def test_costs_are_those_recorded(tmp_path: Path) -> None:
    for seed, seconds in ((1, 2.5), (2, 3.5)):
        path = write(tmp_path / f"n{seed}", seed=seed) / "metrics.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"fit_seconds": seconds, "parameters": 1234567}))
    write(tmp_path / "c", "contrastive")
    (table,) = tables.efficiency(group_runs(find([str(tmp_path)])[0])[0])
    assert table.header == ["setting", "parameters", "epochs", "seconds"]
    assert [row[1:] for row in table.rows] == [["1,234,567", "30", "3"], ["", "30", ""]]


def test_lines_of_the_report_are_no_markup(tmp_path: Path) -> None:
    hostile = "# heading\n\n<script>alert(1)</script> [x](javascript:alert)"
    write(tmp_path / "a", backbone="one", data=hostile)
    write(tmp_path / "b", "contrastive", backbone="#two*", data=hostile)
    Report([str(tmp_path)], None).write_tables(tmp_path / "out")
    text = (tmp_path / "out" / "results.md").read_text()
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# Results"]
    assert "<script>" not in text and "](" not in text and "#two\\*" in text
