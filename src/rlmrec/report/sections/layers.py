"""Similarity of embeddings to text by layer."""

from collections import defaultdict

import plotly.graph_objects as go

from rlmrec.common.errors import UserError
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Section
from rlmrec.report.style import colours, in_panels
from rlmrec.report.trained_embeddings import TrainedEmbeddings, TrainedModels, linear_cka

LAYERS = ("0", "1", "2", "3", "scored")


def alignment_by_layer(report: ReportData, models: TrainedModels) -> Section:
    """Show debiased linear CKA between profile embeddings and the embeddings of every layer."""
    palette = colours(setting.align for setting in report.settings)
    charts, reasons = [], []
    for task, pairs in report.references().items():
        figures: dict[str, go.Figure] = defaultdict(go.Figure)
        for setting in (setting for settings in pairs for setting in settings):
            try:
                trained = models.of(setting.representative)
                texts = trained.dataset.profile_embeddings()
                vectors = [*trained.layers, trained.nodes]
            except UserError as error:
                reasons.append(str(error))
                continue
            for side, rows in _sides(trained).items():
                figures[f"{setting.backbone}: {side}"].add_scatter(
                    x=LAYERS,
                    y=[linear_cka(layer[rows], texts[rows].numpy()) for layer in vectors],
                    mode="lines+markers",
                    name=setting.label,
                    line={"color": palette[setting.align], "width": 2.5},
                    hovertemplate="layer %{x}: %{y:.3f}<extra></extra>",
                )
        for figure in figures.values():
            figure.update_yaxes(rangemode="tozero")
        if figures:
            charts.append(in_panels(figures, task, "layer", "debiased linear CKA"))
    intro = (
        "Debiased linear CKA (Kornblith et al., 2019; Nguyen et al., 2021) between profile embeddings and the initial "
        "embeddings after 0 to 3 propagations on the normalised training graph, and the embeddings that are scored; 1 "
        "is the same up to rotation and scale, and unrelated embeddings have about 0, whatever their widths. "
        "Propagation is the plain one for every backbone. The run of median validation."
    )
    return Section("Alignment with text by layer", intro, charts, reasons)


def _sides(trained: TrainedEmbeddings) -> dict[str, slice]:
    users = trained.dataset.num_users
    return {"users": slice(None, users), "items": slice(users, None)}
