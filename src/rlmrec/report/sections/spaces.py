"""Maps of collaborative and text space."""

import numpy as np
import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from rlmrec.common.errors import UserError
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Chart, Section
from rlmrec.report.style import GROUPS, apply_style
from rlmrec.report.trained_embeddings import TrainedModels

POINTS = 500
"""Most users, and most items, on a map."""


def maps(report: ReportData, models: TrainedModels) -> Section:
    """Show text space and every alignment's collaborative space side by side."""
    charts, reasons = [], []
    for settings in report.references():
        panels: dict[str, np.ndarray] = {}
        for setting in settings:
            try:
                trained = models.of(setting.representative)
                sample = _sample(trained.dataset.num_users, trained.dataset.num_items)
                if not panels:
                    panels["text"] = trained.dataset.profile_embeddings()[torch.from_numpy(sample)].numpy()
                panels[setting.align] = trained.nodes[sample]
            except UserError as error:
                reasons.append(str(error))
        if len(panels) > 1:
            users = int((sample < trained.dataset.num_users).sum())
            charts.append(Chart(_chart(panels, users, settings[0].pair)))
    intro = (
        f"Vectors of up to {POINTS} users (discs) and {POINTS} items (crosses), the same in every panel, each scaled "
        "to unit length and projected onto its first two principal components. Colours are clusters of the profile "
        "vectors (k-means, the means of users and of items taken off): where a collaborative space keeps colours "
        "together, it is arranged as the text is. The run of median validation."
    )
    return Section("Maps of text and collaborative space", intro, charts, reasons)


def _sample(num_users: int, num_items: int) -> np.ndarray:
    """Return node ids drawn at random, always the same, users first."""
    random = np.random.default_rng(0)
    users = random.choice(num_users, min(POINTS, num_users), replace=False)
    items = random.choice(num_items, min(POINTS, num_items), replace=False)
    return np.concatenate([np.sort(users), num_users + np.sort(items)])


def _chart(panels: dict[str, np.ndarray], users: int, title: str) -> go.Figure:
    units = {name: v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12) for name, v in panels.items()}
    count = min(len(GROUPS), len(units["text"]))
    sides = (units["text"][:users], units["text"][users:])
    # Otherwise the clusters would mainly separate users from items, whose profiles are worded differently.
    centred = np.concatenate([side - side.mean(axis=0) for side in sides])
    groups = KMeans(count, n_init=4, random_state=0).fit_predict(centred)
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = make_subplots(rows, columns, subplot_titles=list(panels), horizontal_spacing=0.04, vertical_spacing=0.1)
    colour = np.array(GROUPS)[groups]
    for i, vectors in enumerate(units.values()):
        flat = PCA(2, random_state=0).fit_transform(vectors)
        for kind, rows_of, symbol, size in (
            ("user", slice(None, users), "circle", 5),
            ("item", slice(users, None), "x-thin", 5),
        ):
            shade = colour[rows_of].tolist()
            figure.add_scatter(
                x=flat[rows_of, 0].round(4).tolist(),
                y=flat[rows_of, 1].round(4).tolist(),
                mode="markers",
                name=f"{kind}s",
                marker={"color": shade, "size": size, "symbol": symbol, "opacity": 0.75}
                | ({"line": {"width": 1.3, "color": shade}} if kind == "item" else {}),
                hovertemplate=f"{kind}, cluster %{{customdata}}<extra></extra>",
                customdata=groups[rows_of].tolist(),
                showlegend=False,
                row=i // columns + 1,
                col=i % columns + 1,
            )
    figure.update_xaxes(showticklabels=False, zeroline=False)
    figure.update_yaxes(showticklabels=False, zeroline=False)
    return apply_style(figure, title, height=80 + 330 * rows)
