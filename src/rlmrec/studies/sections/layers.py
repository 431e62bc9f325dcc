"""Alignment with text by layer."""

from plotly.subplots import make_subplots

from rlmrec.errors import UserError
from rlmrec.studies.section import Chart, Models, Section
from rlmrec.studies.study import Study
from rlmrec.studies.style import colours, dressed
from rlmrec.studies.vectors import Trained, linear_cka

LAYERS = ("0", "1", "2", "3", "scored")


def alignment_by_layer(study: Study, models: Models) -> Section:
    """Linear CKA between profile vectors and the vectors of every layer."""
    palette = colours(cell.align for cell in study.cells)
    charts, reasons = [], []
    for cells in study.references():
        figure = make_subplots(1, 2, subplot_titles=("users", "items"), shared_yaxes=True, horizontal_spacing=0.06)
        for cell in cells:
            try:
                trained = models.of(cell.representative)
                profiles = trained.dataset.profiles()
            except UserError as error:
                reasons.append(str(error))
                continue
            for column, rows in enumerate(_sides(trained), start=1):
                vectors = [*trained.layers, trained.nodes]
                figure.add_scatter(
                    x=LAYERS,
                    y=[linear_cka(layer[rows], profiles[rows]) for layer in vectors],
                    mode="lines+markers",
                    name=cell.label,
                    legendgroup=cell.label,
                    showlegend=column == 1,
                    line={"color": palette[cell.align], "width": 2.5},
                    hovertemplate="layer %{x}: %{y:.3f}<extra></extra>",
                    row=1,
                    col=column,
                )
        if figure.data:
            figure.update_yaxes(rangemode="tozero")
            figure.update_yaxes(title="linear CKA", col=1)
            charts.append(Chart(dressed(figure, cells[0].pair, "layer")))
    intro = (
        "Linear CKA (Kornblith et al., 2019) between profile vectors and the layer-0 table after 0 to 3 propagations "
        "on the normalised training graph, and the vectors that are scored; 1 is the same up to rotation and scale. "
        "Propagation is the plain one for every backbone. The run of median validation."
    )
    return Section("Alignment with text by layer", intro, charts, reasons)


def _sides(trained: Trained) -> tuple[slice, slice]:
    users = trained.dataset.num_users
    return slice(None, users), slice(users, None)
