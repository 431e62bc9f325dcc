"""Backbones whose table or graph comes from profiles, against public code or loops."""

from typing import Any

import numpy as np
import pytest
import torch

import fitted
import parts
from near_texts import cosine, nearest
from places import FIXTURES
from rlmrec.backbones import L3AE, AlphaRec, Encoding, RP3Beta, RP3BetaText, TextGCN
from rlmrec.backbones.scores import EmbeddingScores
from rlmrec.backbones.text_neighbours import nearest_by_text
from rlmrec.common.errors import UserError
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch

# By class L3AE of encoder/models/linear_cf/l3ae.py in jaewan7599/L3AE_CIKM2025 with reg_X=-4, reg_E=10 and reg_F=2, and
# by class AlphaRec of models/General/AlphaRec.py in LehengTHU/AlphaRec, whose pairs were given the same negatives.
X = fitted.matrix()
KNOWN = fitted.interactions(X)
TEXTS = parts.profile_embeddings(KNOWN.num_nodes)
ITEMS = TEXTS[KNOWN.num_users :].double().numpy()


def published(name: str) -> tuple[dict[str, Any], Interactions, torch.Tensor]:
    stored = dict(np.load(FIXTURES / "published" / f"{name}.npz"))
    users, items, texts = (torch.from_numpy(stored[key]) for key in ("users", "items", "texts"))
    return stored, Interactions(users, items, int(stored["num_users"]), int(stored["num_items"])), texts


def test_l3ae() -> None:
    stored, known, texts = published("l3ae")
    found = L3AE(known, texts, ridge=6.0, share=10 / 6, text_ridge=2.0).fit(0)["items"]
    np.testing.assert_allclose(found, stored["weights"], rtol=1e-4, atol=1e-6)


def test_alpharec() -> None:
    stored, known, texts = published("alpharec")
    backbone = AlphaRec(known, texts, embedding_dim=3, num_layers=2, temperature=0.15, num_negatives=4)
    backbone.mlp.load_state_dict(
        {name: torch.from_numpy(stored[f"weight/{name}"]) for name in backbone.mlp.state_dict()}
    )
    torch.testing.assert_close(backbone.embed(), torch.from_numpy(stored["nodes"]), rtol=1e-5, atol=1e-6)
    drawn = torch.from_numpy(stored["drawn"]) + known.num_users
    encoding = Encoding(backbone.encode(backbone.initial_embeddings).nodes, drawn)
    batch = Batch(torch.from_numpy(stored["batch_users"]), torch.from_numpy(stored["batch_positives"]), None)
    loss = backbone.losses(encoding, batch)["softmax"]
    assert loss.item() == pytest.approx(float(stored["loss"]), rel=1e-5)
    loss.backward()
    for name, parameter in backbone.mlp.named_parameters():
        torch.testing.assert_close(parameter.grad, torch.from_numpy(stored[f"gradient/{name}"]), rtol=1e-4, atol=1e-6)


def text_weights(k: int) -> np.ndarray:
    """The k nearest items of each in its column."""
    every = range(len(ITEMS))
    return nearest(ITEMS, every, every, k).T


def test_nearest_by_text_leaves_out_nodes_without_profile() -> None:
    texts = TEXTS.clone()
    texts[KNOWN.num_users + 2] = 0
    items = np.arange(KNOWN.num_users, KNOWN.num_nodes)
    found = nearest_by_text(texts, items, items, 3).toarray()
    assert not found[2].any() and not found[:, 2].any() and not found.diagonal().any()
    assert ((found > 0).sum(1) <= 3).all() and found.any(1).sum() == len(items) - 1


@pytest.mark.parametrize("entries", [10**9, 30])
def test_rp3beta_text(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlmrec.backbones.text_neighbours.ENTRIES_AT_ONCE", entries)
    walks, text = RP3Beta(KNOWN, 0.7, 0.3, 4).weights().toarray(), text_weights(3)
    parts_of = [part / (sums := part.sum(0))[sums > 0].mean() for part in (walks, text)]
    made = RP3BetaText(KNOWN, TEXTS, 0.7, 0.3, 4, text_neighbours=3, share=0.3)
    expected = X @ (0.7 * parts_of[0] + 0.3 * parts_of[1])
    np.testing.assert_allclose(fitted.every_score(made), expected, rtol=1e-4, atol=1e-6)


def test_profiles_alone_are_a_content_based_neighbourhood_that_scores_new_items() -> None:
    scores = fitted.every_score(RP3BetaText(KNOWN, TEXTS, text_neighbours=3, share=1.0)).numpy()
    text = text_weights(3)
    np.testing.assert_allclose(scores, X @ text / text.sum(0)[text.sum(0) > 0].mean(), rtol=1e-4, atol=1e-6)
    assert not X[:, -1].any() and scores[:, -1].any(), "an item without interactions"


def test_textgcn() -> None:
    users, texts = KNOWN.num_users, TEXTS.double().numpy()
    graph = np.zeros((KNOWN.num_nodes, KNOWN.num_nodes))
    for user, item in zip(*X.nonzero(), strict=True):
        weight = 1 / np.sqrt(X[user].sum() * X[:, item].sum())
        graph[user, users + item] = graph[users + item, user] = weight
    layer = texts.copy()
    for user in range(users):
        if X[user].any():
            layer[user] = texts[users:][X[user] > 0].mean(0)
    total = layer.copy()
    for _ in range(2):
        layer = graph @ layer
        total += layer
    expected = [[cosine(total[user], total[users + item]) for item in range(X.shape[1])] for user in range(users)]
    made = TextGCN(KNOWN, TEXTS, num_layers=2)
    np.testing.assert_allclose(fitted.every_score(made), expected, rtol=1e-4, atol=1e-5)


def test_textgcn_folds_known_histories_in_as_it_was_fitted() -> None:
    made = TextGCN(KNOWN, TEXTS, num_layers=3)
    found = made.fit(0)
    trained, folded = made.scores(found), made.fold_in(found, made.train)
    assert isinstance(trained, EmbeddingScores) and isinstance(folded, EmbeddingScores)
    known = torch.from_numpy(X.any(1))
    torch.testing.assert_close(folded.users[known], trained.users[known])


@pytest.mark.parametrize("name", ["alpharec", "textgcn"])
def test_users_without_interactions_are_placed_by_their_own_profile(name: str) -> None:
    known, changed = KNOWN, TEXTS.clone()
    changed[known.num_users - 1] += 1  # who has no interactions
    scores = []
    for texts in (TEXTS, changed):
        torch.manual_seed(0)
        if name == "textgcn":
            scores.append(fitted.every_score(TextGCN(known, texts)))
        else:
            users, items = (backbone := AlphaRec(known, texts, 4)).split(backbone.embed().detach())
            scores.append(users @ items.T)
    assert torch.equal(scores[0][:-1], scores[1][:-1]) and not torch.equal(scores[0][-1], scores[1][-1])


@pytest.mark.parametrize("made", [L3AE, RP3BetaText, TextGCN, AlphaRec])
def test_items_without_profiles_are_refused(made: Any) -> None:
    texts = TEXTS.clone()
    texts[KNOWN.num_users :] = 0
    with pytest.raises(UserError, match="items have no profile embeddings"):
        made(KNOWN, texts).check()


def test_mixed_precision_keeps_the_exponents_of_alpharec_exact() -> None:
    stored, known, texts = published("alpharec")
    backbone = AlphaRec(known, texts, embedding_dim=3, num_layers=2, temperature=0.02, num_negatives=4)
    encoding = Encoding(backbone.embed().detach(), torch.from_numpy(stored["drawn"]) + known.num_users)
    batch = Batch(torch.from_numpy(stored["batch_users"]), torch.from_numpy(stored["batch_positives"]), None)
    expected = backbone.losses(encoding, batch)["softmax"]
    with torch.autocast("cpu", torch.bfloat16):
        assert backbone.losses(encoding, batch)["softmax"] == expected
