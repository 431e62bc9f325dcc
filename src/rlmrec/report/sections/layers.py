"""Alignment with text by layer."""

from plotly.subplots import make_subplots

from rlmrec.common.errors import UserError
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Chart, Section
from rlmrec.report.style import apply_style, colours
from rlmrec.report.trained_embeddings import TrainedEmbeddings, TrainedModels, linear_cka

LAYERS = ("0", "1", "2", "3", "scored")


def alignment_by_layer(report: ReportData, models: TrainedModels) -> Section:
    """Show linear CKA between profile embeddings and the embeddings of every layer."""
    palette = colours(setting.align for setting in report.settings)
    charts, reasons = [], []
    for settings in report.references():
        figure = make_subplots(1, 2, subplot_titles=("users", "items"), shared_yaxes=True, horizontal_spacing=0.06)
        for setting in settings:
            try:
                trained = models.of(setting.representative)
                texts = trained.dataset.profile_embeddings()
                vectors = [*trained.layers, trained.nodes]
            except UserError as error:
                reasons.append(str(error))
                continue
            for column, rows in enumerate(_sides(trained), start=1):
                figure.add_scatter(
                    x=LAYERS,
                    y=[linear_cka(layer[rows], texts[rows].numpy()) for layer in vectors],
                    mode="lines+markers",
                    name=setting.label,
                    legendgroup=setting.label,
                    showlegend=column == 1,
                    line={"color": palette[setting.align], "width": 2.5},
                    hovertemplate="layer %{x}: %{y:.3f}<extra></extra>",
                    row=1,
                    col=column,
                )
        if figure.data:
            figure.update_yaxes(rangemode="tozero")
            figure.update_yaxes(title="linear CKA", col=1)
            charts.append(Chart(apply_style(figure, settings[0].pair, "layer")))
    intro = (
        "Linear CKA (Kornblith et al., 2019) between profile embeddings and the initial embeddings after 0 to 3 "
        "propagations on the normalised training graph, and the embeddings that are scored; 1 is the same up to "
        "rotation and scale. Propagation is the plain one for every backbone. The run of median validation."
    )
    return Section("Alignment with text by layer", intro, charts, reasons)


def _sides(trained: TrainedEmbeddings) -> tuple[slice, slice]:
    users = trained.dataset.num_users
    return slice(None, users), slice(users, None)
