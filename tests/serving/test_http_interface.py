"""The HTTP interface: what it answers, what it refuses, and what it tells browsers."""

import re
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from nameless import renamed
from rlmrec.api import TrainedRun
from rlmrec.serving.answers import Answers
from rlmrec.serving.app import PAGE, make_app
from rlmrec.serving.server import Address


def items_of(answer: dict[str, Any]) -> list[str]:
    return [place["item"] for place in answer["items"]]


def test_lists_are_those_of_the_run(client: TestClient, runs: list[TrainedRun]) -> None:
    asked = {"users": ["user-3", "user-1", "user-3"], "k": 4, "exclude": ["item-5"], "model": 1}
    lists = client.post("/api/recommend", json=asked).json()["lists"]
    assert [found["user"] for found in lists] == asked["users"]
    expected = runs[1].recommend(["user-3", "user-1"], k=4, exclude=["item-5"])
    assert [*items_of(lists[0]), *items_of(lists[1])] == expected["item"].to_list()
    first = lists[0]["items"][0]
    assert first["title"] == expected["title"][0] and first["score"] == pytest.approx(expected["score"][0], rel=1e-6)
    assert first["rank"] == 1 and first["because"] == []


def test_reasons_are_the_nearest_items_of_the_history(client: TestClient, runs: list[TrainedRun]) -> None:
    found = client.post("/api/recommend", json={"users": ["user-2"], "k": 3, "why": True}).json()["lists"][0]
    run = runs[0]
    history = run.dataset.train[[2]].indices

    def cosines(rows: np.ndarray, item: int) -> np.ndarray:
        near: np.ndarray = (
            rows[history] @ rows[item] / np.linalg.norm(rows[history], axis=1) / np.linalg.norm(rows[item])
        )
        return near

    for place in found["items"]:
        number = int(place["item"].removeprefix("item-"))
        model, text = cosines(run.item_embeddings(), number), cosines(np.asarray(run.dataset.item_embeddings), number)
        nearest = int(history[model.argmax()])
        wanted = {nearest, *history[text > 0.999 * text.max()].tolist()}  # some profiles are equal
        named = {int(reason["item"].removeprefix("item-")): reason for reason in place["because"]}
        assert nearest in named and set(named) <= wanted and len(named) <= 2
        for item, reason in named.items():
            (at,) = np.flatnonzero(history == item)
            assert reason["collaborative"] == pytest.approx(model[at], abs=1e-3)
            assert reason["text"] == pytest.approx(text[at], abs=1e-3)
            assert reason["title"] == f"item number {item}"


def test_newcomers_are_folded_in(client: TestClient, runs: list[TrainedRun]) -> None:
    asked = {"history": ["item-1", "item-5"], "profile": "azure ocean", "k": 5, "why": True}
    found = client.post("/api/fold-in", json=asked).json()
    expected = runs[0].recommend_to_new({"you": asked["history"]}, {"you": "azure ocean"}, k=5)
    assert items_of(found) == expected["item"].to_list()
    assert {reason["item"] for place in found["items"] for reason in place["because"]} <= {"item-1", "item-5"}
    by_words = client.post("/api/fold-in", json={"profile": "golden desert amber", "k": 5}).json()
    assert {int(name.removeprefix("item-")) % 4 for name in items_of(by_words)} == {3}


def test_neighbours_people_and_items_are_found(client: TestClient, runs: list[TrainedRun]) -> None:
    near = client.get("/api/similar", params={"kind": "item", "id": "item-2", "k": 3}).json()
    assert [row["neighbour"] for row in near] == runs[0].served.similar_items(["item-2"], 3)["neighbour"].to_list()
    people = client.get("/api/search", params={"kind": "user", "words": "NUMBER 1", "limit": 4, "offset": 1}).json()
    assert people["total"] == 11 and [entity["id"] for entity in people["entities"]] == [f"user-1{n}" for n in range(4)]
    assert client.get("/api/search", params={"kind": "item", "words": ".*"}).json()["total"] == 0
    user = client.get("/api/user", params={"id": "user-7"}).json()
    history = runs[0].dataset.train[[7]].indices
    assert user["profile"].startswith("golden desert") and user["interactions"] == len(history)
    assert [item["id"] for item in user["history"]] == [f"item-{number}" for number in history]
    assert client.get("/api/item", params={"id": "item-3"}).json()["title"] == "item number 3"
    near = client.get("/api/similar", params={"kind": "user", "id": "user-2", "k": 3}).json()
    assert [row["neighbour"] for row in near] == runs[0].served.similar_users(["user-2"], 3)["neighbour"].to_list()
    items = client.get("/api/search", params={"kind": "item", "words": "number 3", "limit": 2}).json()
    assert items["total"] == 11 and [entity["id"] for entity in items["entities"]] == ["item-3", "item-30"]


def test_models_and_health(client: TestClient) -> None:
    first, second = client.get("/api/models").json()
    assert (first["backbone"], first["align"], second["align"], first["users"]) == (
        "lightgcn",
        "none",
        "contrastive",
        60,
    )
    assert first["takes_profiles"] and second["name"] == "model 1"
    assert client.get("/health").json() == {"status": "ok", "models": 2, "waiting": 0}


def test_items_without_an_external_id_are_answered_with_reasons(runs: list[TrainedRun], client: TestClient) -> None:
    nameless = Answers(renamed(runs[0], items=dict.fromkeys(range(39), "") | {39: "item-38"}), 0, "nameless")
    nameless.prepare()
    with TestClient(make_app([nameless], ("localhost",)), base_url="http://localhost") as asked_for:
        for path, asked in (
            ("recommend", {"users": ["user-2", "user-3"], "k": 20, "why": True}),
            ("fold-in", {"profile": "azure ocean", "k": 5, "why": True}),
        ):
            expected, found = (one.post(f"/api/{path}", json=asked).json() for one in (client, asked_for))
            assert "detail" not in found
            titles = [re.findall(r"'title': '([^']*)'", str(answer)) for answer in (expected, found)]
            assert titles[0] == titles[1] and titles[0]


def test_what_the_first_questions_wait_for_is_done_at_the_start(
    runs: list[TrainedRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = Answers(renamed(runs[1]), 0, "prepared")
    prepared.prepare()
    monkeypatch.setattr("rlmrec.recommending.fold_in.best_method", lambda *_: pytest.fail("not prepared"))
    monkeypatch.setattr(
        "rlmrec.evaluation.cold_start.chosen_placement.ColdStart.chosen", lambda *_, **__: pytest.fail("not prepared")
    )
    with TestClient(make_app([prepared], ("localhost",)), base_url="http://localhost") as client:
        for asked in ({"history": ["item-1"]}, {"profile": "azure"}, {"history": ["item-1"], "profile": "azure"}):
            assert len(client.post("/api/fold-in", json={**asked, "k": 3}).json()["items"]) == 3


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("recommend", {"users": ["nobody"]}, 400, "no user of 60 has the external id 'nobody'"),
        ("recommend", {"users": ["user-1"], "exclude": ["x"]}, 400, "no item of 40 has the external id 'x'"),
        ("recommend", {"users": ["user-1"], "model": 7}, 404, "model 7: there are only 2"),
        ("recommend", {"users": []}, 422, "at least 1"),
        ("recommend", {"users": ["a"] * 101}, 422, "at most 100"),
        ("recommend", {"users": ["user-1"], "k": 101}, 422, "less than or equal to 100"),
        ("recommend", {"users": ["user-1"], "k": "many"}, 422, "valid integer"),
        ("recommend", {"users": ["user-1"], "K": 5}, 422, "Extra inputs"),
        ("recommend", {"users": ["user-1"], "filter_seen": "some"}, 422, "filter_seen"),
        ("recommend", {"users": ["a" * 1001]}, 422, "at most 1000"),
        ("fold-in", {}, 400, "nothing is known of the new user 'you'"),
        ("fold-in", {"history": ["x"]}, 400, "no item of 40 has the external id 'x'"),
        ("fold-in", {"profile": "zyx"}, 400, "the encoder makes nothing of the profile"),
        ("fold-in", {"profile": "a" * 10_001}, 422, "at most 10000"),
        ("recommend", {"users": ["user-1"], "model": -1}, 422, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_answered_is_told(
    client: TestClient, path: str, body: dict[str, Any], status: int, told: str
) -> None:
    answer = client.post(f"/api/{path}", json=body)
    assert answer.status_code == status and told in answer.text


@pytest.mark.parametrize(
    "body", ['{"users": ["user-1"], "k": NaN}', '{"users": ["\\ud800"]}', '{"users": ["user-1"], "k": 1e400}']
)
def test_what_json_cannot_hold_is_not_sent_back(client: TestClient, body: str) -> None:
    answer = client.post("/api/recommend", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422 and set(answer.json()["detail"][0]) == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    ("asked", "status"),
    [("similar?kind=item&id=item-1&model=-1", 404), ("search?kind=item&offset=9223372036854775808", 422)],
)
def test_numbers_out_of_range_are_refused(client: TestClient, asked: str, status: int) -> None:
    assert client.get(f"/api/{asked}").status_code == status


def test_all_questions_are_bounded_in_number(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlmrec.serving.app.MOST_WAITING", 0)
    assert client.get("/api/user?id=user-1").status_code == 503


def test_users_that_are_not_there_may_be_left_out_or_get_popular_items(client: TestClient) -> None:
    asked = {"users": ["nobody", "user-1"], "k": 3}
    left_out, known = client.post("/api/recommend", json=asked | {"on_unknown": "skip", "why": True}).json()["lists"]
    assert left_out == {"user": "nobody", "items": []} and len(known["items"]) == 3
    popular = client.post("/api/recommend", json=asked | {"on_unknown": "popular"}).json()["lists"][0]
    assert len(popular["items"]) == 3


def test_bodies_are_bounded(client: TestClient) -> None:
    assert client.post("/api/recommend", content=b"x" * (2**20 + 1)).status_code == 413
    assert client.post("/api/recommend", content=iter([b"{}"])).status_code == 413  # does not tell its length
    assert client.post("/api/recommend", content=b"{" * 1000).status_code == 422


def test_an_address_of_ipv6_is_served(answers: list[Answers]) -> None:
    hosts = Address("2001:0db8:0::1", 80, "secret", ["example.org"]).hosts
    for url, code in (("[2001:db8::1]:80", 200), ("[::1]:80", 200), ("[2001:db8::2]:80", 400)):
        with TestClient(make_app(answers, hosts), base_url=f"http://{url}") as client:
            assert client.get("/health").status_code == code


def test_a_token_is_asked_for_everywhere_but_for_health(answers: list[Answers]) -> None:
    app = make_app(answers, ["localhost"], token="secret")
    with TestClient(app, base_url="http://localhost") as client:
        calls = [(way, path) for path, ways in app.openapi()["paths"].items() for way in ways]
        open_to_all = {path for way, path in calls if client.request(way, path).status_code != 401}
        assert len(calls) > 5 and open_to_all == {"/health"}
        refused = client.get("/api/models")
        assert refused.status_code == 401 and refused.headers["WWW-Authenticate"] == "Bearer"
        assert client.get("/api/models", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/api/models", headers={"Authorization": "Bearer secret"}).status_code == 200
        assert client.get("/health").status_code == 200


def test_other_sites_cannot_reach_it_through_a_browser(client: TestClient) -> None:
    assert client.get("/api/models", headers={"Host": "elsewhere.example"}).status_code == 400
    answer = client.get("/")
    assert answer.status_code == 200 and "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_loads_nothing_from_elsewhere() -> None:
    for file in PAGE.iterdir():
        links = re.findall(r"https?://[^\"' )]+", file.read_text("utf-8"))
        assert [link for link in links if not link.startswith("http://www.w3.org/")] == []


def test_the_interface_is_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert {"/api/recommend", "/api/fold-in", "/api/similar", "/api/search", "/health"} <= described["paths"].keys()
    for path in described["paths"].values():
        assert all(operation["description"] for operation in path.values())
