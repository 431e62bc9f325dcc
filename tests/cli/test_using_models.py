"""The commands that use a trained model: recommend, similar and export."""

import re
from pathlib import Path

import polars as pl
import pytest

from chat_server import serve
from rlmrec import load
from rlmrec.cli import export, recommend, rerank, similar, train
from rlmrec.cli.results import print_list
from tiny import command, train_arguments

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def trained(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("using") / "run"
    assert command(train, *train_arguments(tiny_folder, run, "trainer.max_epochs=1")) == 0
    return run


def shown_items(printed: str) -> list[str]:
    """The external ids of items in printed lists, from the first to the last."""
    return re.findall(r"\bitem-\d+\b", printed)


def test_lists_of_a_few_users_are_printed(trained: Path, capsys: Capture) -> None:
    assert command(recommend, f"run={trained}", "users=[user-3,user-1]", "k=2") == 0
    out = capsys.readouterr().out
    first = load(trained).recommend(["user-3"], k=2)
    assert out.index("user-3") < out.index("user-1")
    assert all(item in out for item in first["item"]) and all(title in out for title in first["title"])


@pytest.mark.parametrize("name", ["lists.parquet", "lists.csv"])
def test_lists_of_all_users_go_into_a_file(trained: Path, name: str, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / name
    assert command(recommend, f"run={trained}", "users=all", f"out={out}", "k=3") == 0
    assert f"180 rows in {out}" in capsys.readouterr().out
    found = pl.read_parquet(out) if out.suffix == ".parquet" else pl.read_csv(out)
    assert found.drop("score").equals(load(trained).recommend(k=3).drop("score"))


def test_users_items_and_histories_may_stand_in_files(trained: Path, tmp_path: Path, capsys: Capture) -> None:
    pl.DataFrame({"user": ["user-9"]}).write_csv(tmp_path / "users.csv")
    pl.DataFrame({"item": ["item-4", "item-5"]}).write_csv(tmp_path / "items.csv")
    options = (f"users={tmp_path / 'users.csv'}", f"items={tmp_path / 'items.csv'}", "filter_seen=false")
    capsys.readouterr()
    assert command(recommend, f"run={trained}", *options) == 0
    expected = load(trained).recommend(["user-9"], items=["item-4", "item-5"], filter_seen=False)
    assert shown_items(capsys.readouterr().out) == expected["item"].to_list()
    assert sorted(expected["item"]) == ["item-4", "item-5"]
    pl.DataFrame({"user": ["new", "new"], "item": ["item-4", "item-8"]}).write_csv(tmp_path / "clicks.csv")
    assert command(recommend, f"run={trained}", f"histories={tmp_path / 'clicks.csv'}", "k=40") == 0
    shown = shown_items(capsys.readouterr().out)
    assert sorted(shown) == sorted({f"item-{n}" for n in range(40)} - {"item-4", "item-8"}), "all but the history"


def test_profiles_and_new_items_may_stand_in_files(tmp_path: Path, capsys: Capture) -> None:
    run = tmp_path / "run"
    assert command(train, "dataset=bookshelf", "backbone=rp3beta", "trainer=cpu", f"hydra.run.dir={run}") == 0
    text = "Enjoys science fiction about space travel, aliens and the future."
    pl.DataFrame({"user": ["me", "you"], "profile": [text, "crime and detectives"]}).write_csv(tmp_path / "people.csv")
    pl.DataFrame({"user": ["me"], "item": ["Dune"]}).write_csv(tmp_path / "clicks.csv")
    capsys.readouterr()
    words = (f"run={run}", f"profiles={tmp_path / 'people.csv'}", f"histories={tmp_path / 'clicks.csv'}")
    assert command(recommend, *words, "k=3", f"out={tmp_path / 'lists.csv'}") == 0
    lists = pl.read_csv(tmp_path / "lists.csv")
    assert lists["user"].to_list() == ["me"] * 3 + ["you"] * 3 and lists["item"].n_unique() > 3
    pl.DataFrame({"item": ["new"], "title": ["New"], "profile": [text]}).write_csv(tmp_path / "books.csv")
    new = (f"new_items={tmp_path / 'books.csv'}", f"out={tmp_path / 'new.csv'}")
    assert command(recommend, f"run={run}", "users=all", *new) == 1
    assert "RP3Beta cannot take in new items" in capsys.readouterr().err
    pl.DataFrame({"user": ["me"], "profile": [" "]}).write_csv(tmp_path / "people.csv")
    assert command(recommend, *words, "k=3") == 1
    assert "people.csv: the profile of 'me' is empty" in capsys.readouterr().err


def test_neighbours_are_printed(trained: Path, capsys: Capture) -> None:
    assert command(similar, f"run={trained}", "items=[item-2]", "k=3") == 0
    neighbours = load(trained).served.similar_items(["item-2"], k=3)["neighbour"]
    out = capsys.readouterr().out
    assert all(name in out for name in neighbours)


def test_export_writes_a_folder(trained: Path, tmp_path: Path, capsys: Capture) -> None:
    assert command(export, f"run={trained}", f"to={tmp_path / 'model'}") == 0
    assert "its README.md has an example" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "model").iterdir()} == {
        *("model.safetensors", "users.parquet", "items.parquet", "meta.json", "README.md")
    }
    assert command(export, f"run={trained}", f"to={tmp_path / 'model'}") == 1
    assert "exists already" in capsys.readouterr().err


def test_lists_are_reordered_by_a_language_model(
    trained: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with serve(lambda prompt, number: "ranking") as server:
        words = (f"run={trained}", "users=5", "k=6", f"llm.base_url={server.url}")
        assert command(rerank, *words, "dry_run=true") == 0
        shown = capsys.readouterr().out
        assert "<candidate>" in shown and "a run would take about 5 requests" in shown and not server.paid
        assert command(rerank, *words) == 0
        shown = capsys.readouterr().out
        assert all(name in shown for name in ("recall@10", "ndcg@20", "before", "p (Wilcoxon)"))
        assert "5 answers asked for now; cost of all answers of the run: 0.000105 USD" in shown
        out = tmp_path / "lists.csv"
        assert command(rerank, *words, f"out={out}") == 0
        assert "0 answers asked for now" in capsys.readouterr().out and server.paid.total() == 5
    assert pl.read_csv(out)["before"].to_list() == [6, 5, 4, 3, 2, 1] * 5
    assert len([*(trained / "reranked").glob("lists-*.parquet")]) == 1
    for words, message in (((), "name a run folder"), ((f"run={trained}", "users=0"), "users=0")):
        assert command(rerank, *words) == 1
        assert message in capsys.readouterr().err
    assert command(rerank, f"run={trained}", "llm=template", "users=2") == 1
    assert "llm=template writes profiles only" in capsys.readouterr().err


def test_templates_of_ones_own_are_named_by_templates(trained: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "rerank.j2").write_text("ORDER THEM MY WAY")
    words = (f"run={trained}", "users=2", "k=3", "dry_run=true")
    assert command(rerank, *words, f"templates={tmp_path}") == 0
    assert "ORDER THEM MY WAY" in capsys.readouterr().out
    assert command(rerank, *words, "templates=nowhere") == 1
    assert "templates=nowhere is neither a folder nor one of books" in capsys.readouterr().err
    assert command(rerank, *words, f"prompt={tmp_path}") == 2
    assert "unknown option 'prompt'; did you mean templates?" in capsys.readouterr().err


def test_reordered_lists_never_take_the_place_of_others(
    trained: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    out, mine = tmp_path / "lists.csv", tmp_path / "mine"
    mine.mkdir()
    (mine / "rerank.j2").write_text("Answer with a ranking.")

    def meanwhile(prompt: str, number: int) -> str:
        out.write_text("of another")
        return "ranking"

    with serve(lambda prompt, number: "ranking") as server:
        words = [f"run={trained}", "users=3", "k=7", f"llm.base_url={server.url}"]
        (tmp_path / "file").touch()
        for place in ("/proc/lists.csv", f"{tmp_path / 'file'}/lists.csv"):
            assert command(rerank, *words, f"out={place}") == 1
            error = capsys.readouterr().err
            assert error.count("\n") == 1 and "another command" not in error
        assert not server.paid, "a place that cannot be is told before anything is paid for"
        server.plan = meanwhile
        assert command(rerank, *words, f"out={out}") == 1
        assert f"out={out} exists already" in capsys.readouterr().err and out.read_text() == "of another"
        before = {*(trained / "reranked").glob("lists-*.parquet")}
        for further in ((), (f"templates={mine}",), ("llm.model=other",), ()):
            assert command(rerank, *words, *further) == 0
        assert len({*(trained / "reranked").glob("lists-*.parquet")} - before) == 3


def test_an_index_is_built_beside_an_exported_model(trained: Path, tmp_path: Path, capsys: Capture) -> None:
    words = (f"run={trained}", f"to={tmp_path / 'model'}", "index=usearch", "index.search_width=50")
    assert command(export, *words) == 0
    assert "items.usearch finds, of the items with the greatest dot products: recall@10" in capsys.readouterr().out
    assert (tmp_path / "model" / "items.usearch").is_file()
    assert command(export, f"run={trained}", f"to={tmp_path / 'other'}", "index=usearch", "index.connections=0") == 1
    assert "index.connections=0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("script", "words", "message"),
    [
        (recommend, [], "name a run folder, and users, or histories"),
        (
            recommend,
            ["run={run}", "users=[a]", "histories=b.csv"],
            "users are known ones, histories and profiles are of new ones: ask for either",
        ),
        (recommend, ["run={run}", "histories=b.csv", "on_unknown=skip"], "on_unknown has no effect on new users"),
        (recommend, ["run={run}", "users=[user-1]", "encoder=tfidf"], "encoder has no effect without profiles=... or"),
        (rerank, ["run={run}", "users=-5", "dry_run=true"], "users=-5: it must be all, or a number of users from 1 on"),
        (similar, ["run={run}", "items=[item-1]", "users=[user-1]"], "items and users exclude each other"),
        (recommend, ["run=nowhere", "users=[a]"], "run=nowhere is not a run folder"),
        (recommend, ["run={run}", "users=all"], "more than 10 users: out=lists.parquet"),
        (recommend, ["run={run}", "users=[user-1]", "k=0"], "k=0: "),
        (recommend, ["run={run}", "users=[user-1]", "filter_seen=some"], "filter_seen=some: "),
        (recommend, ["run={run}", "users=[user-1]", "on_unknown=x"], "on_unknown=x: "),
        (recommend, ["run={run}", "users=[user-1]", "out=lists.txt"], "its name must end in .parquet or .csv"),
        (recommend, ["run={run}", "users=[user-1]", "items=[x]"], "no item of 40 has the external id 'x'"),
        (recommend, ["run={run}", "users=absent.csv"], "absent.csv is no file"),
        (similar, ["run={run}"], "name a run folder, and items or users"),
        (similar, ["run={run}", "items=[x]"], "no item of 40 has the external id 'x'"),
        (similar, ["run={run}", "items=[item-1]", "k=0"], "k=0: "),
        (similar, ["run={run}", "users=[]"], "users=[]: name one at least, such as users=[a,b]"),
        (recommend, ["run={run}", "users=[]"], "users=[]: name one at least, such as users=[a,b]"),
        (recommend, ["run={run}", "users=[1e5, 1_000,1.10,true]"], "external id '1e5', '1_000', '1.10', 'true'"),
        (similar, ["run={run}", "items=['a',1e5]"], "100000.0 was no text: put every name in quotes, as"),
        (recommend, ["run={run}", "users=[user-1]", "exclude=[007,-0]"], "external id '007', '-0'"),
        (export, ["run={run}"], "name a run folder and a new folder"),
        (export, ["run={run}", "to=/"], "to=/: this folder always exists"),
    ],
)
def test_mistakes_are_told_in_one_line(
    script: object, words: list[str], message: str, trained: Path, capsys: Capture
) -> None:
    assert command(script, *(word.format(run=trained) for word in words)) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_file_of_newcomers_that_was_interrupted_has_every_row_once(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    histories, out = tmp_path / "histories.csv", tmp_path / "lists.csv"
    histories.write_text("user,item\nme,item-1\nme,item-2\n")
    words = [f"run={trained}", f"histories={histories}", f"out={out}", "k=3"]
    with monkeypatch.context() as patch:
        patch.setattr("rlmrec.recommending.writing._join", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full")))
        assert command(recommend, *words) == 1
    assert command(recommend, *words) == 0
    assert pl.read_csv(out)["rank"].to_list() == [1, 2, 3]


def test_titles_of_others_cannot_write_to_the_terminal(capsys: Capture) -> None:
    table = pl.DataFrame({"rank": [1], "item": ["a"], "title": ["x\x1b]0;y\x07"], "score": [0.5]})
    print_list("me\x1b[2K", table, "item")
    assert "\x1b]0" not in capsys.readouterr().out
