"""Two-dimensional maps of the collaborative and text spaces."""

import numpy as np
import plotly.graph_objects as go
import torch
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from rlmrec.common.errors import UserError
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Section
from rlmrec.report.style import GROUPS, in_panels
from rlmrec.report.trained_embeddings import TrainedModels

POINTS = 500
"""Maximum number of users, and of items, on a map."""


def maps(report: ReportData, models: TrainedModels) -> Section:
    """Show the text space and every alignment's collaborative space side by side."""
    charts, reasons = [], []
    for task, pairs in report.references().items():
        figures: dict[str, go.Figure] = {}
        seen: np.ndarray | None = None
        for settings in pairs:
            panels: dict[str, np.ndarray] = {}
            for setting in settings:
                try:
                    trained = models.of(setting.representative)
                    sample = _sample(trained.dataset.num_users, trained.dataset.num_items)
                    if not panels:
                        texts = trained.dataset.profile_embeddings()[torch.from_numpy(sample)].numpy()
                    panels[f"{setting.backbone}: {setting.align}"] = trained.nodes[sample]
                except UserError as error:
                    reasons.append(str(error))
            if panels:
                users = int((sample < trained.dataset.num_users).sum())
                same = seen is None or np.array_equal(seen, texts)
                seen = texts if seen is None else seen
                every = {"text" if same else f"{settings[0].backbone}: text": texts} | panels
                colour = _clusters(texts, users)
                figures |= {name: _map(vectors, colour, users) for name, vectors in every.items()}
        if figures:
            charts.append(in_panels(figures, task))
    intro = (
        f"Vectors of up to {POINTS} users (discs) and {POINTS} items (crosses), the same in every panel, each scaled "
        "to unit length and projected onto its first two principal components. Colours are clusters of the profile "
        "vectors (k-means, the means of users and of items taken off): where a collaborative space keeps colours "
        "together, it is arranged as the text is. The run of median validation."
    )
    return Section("Maps of text and collaborative space", intro, charts, reasons)


def _sample(num_users: int, num_items: int) -> np.ndarray:
    """Return randomly sampled node ids with a fixed seed, users first."""
    random = np.random.default_rng(0)
    users = random.choice(num_users, min(POINTS, num_users), replace=False)
    items = random.choice(num_items, min(POINTS, num_items), replace=False)
    return np.concatenate([np.sort(users), num_users + np.sort(items)])


def _clusters(texts: np.ndarray, users: int) -> np.ndarray:
    """Return the cluster of every profile embedding."""
    units = _units(texts)
    # Without centring, clusters would mainly separate users from items, whose profiles are worded differently.
    centred = np.concatenate([side - side.mean(axis=0) for side in (units[:users], units[users:])])
    return KMeans(min(len(GROUPS), len(units)), n_init=4, random_state=0).fit_predict(centred)


def _map(vectors: np.ndarray, groups: np.ndarray, users: int) -> go.Figure:
    """Return a map of users and items, coloured by the clusters of their texts."""
    figure, colour = go.Figure(), np.array(GROUPS)[groups]
    flat = PCA(2, random_state=0).fit_transform(_units(vectors))
    for kind, rows, symbol in (("user", slice(None, users), "circle"), ("item", slice(users, None), "x-thin")):
        shade = colour[rows].tolist()
        figure.add_scatter(
            x=flat[rows, 0].round(4).tolist(),
            y=flat[rows, 1].round(4).tolist(),
            mode="markers",
            name=f"{kind}s",
            marker={"color": shade, "size": 5, "symbol": symbol, "opacity": 0.75}
            | ({"line": {"width": 1.3, "color": shade}} if kind == "item" else {}),
            hovertemplate=f"{kind}, cluster %{{customdata}}<extra></extra>",
            customdata=groups[rows].tolist(),
            showlegend=False,
        )
    figure.update_xaxes(showticklabels=False, zeroline=False)
    figure.update_yaxes(showticklabels=False, zeroline=False)
    return figure


def _units(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
