"""Sections of the page, one per file, in display order."""

from rlmrec.report.section import SectionMaker
from rlmrec.report.sections.bars import overview
from rlmrec.report.sections.cases import case_studies
from rlmrec.report.sections.layers import alignment_by_layer
from rlmrec.report.sections.learning import learning_curves
from rlmrec.report.sections.popularity import groups, popularity_bias
from rlmrec.report.sections.sensitivity import sensitivity
from rlmrec.report.sections.spaces import maps

SECTIONS: tuple[SectionMaker, ...] = (
    overview,
    sensitivity,
    learning_curves,
    popularity_bias,
    groups,
    alignment_by_layer,
    maps,
    case_studies,
)
