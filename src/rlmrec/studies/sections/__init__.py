"""Sections of the page, one a file, in the order in which they are shown."""

from rlmrec.studies.section import SectionMaker
from rlmrec.studies.sections.bars import overview
from rlmrec.studies.sections.cases import case_studies
from rlmrec.studies.sections.layers import alignment_by_layer
from rlmrec.studies.sections.learning import learning_curves
from rlmrec.studies.sections.popularity import groups, popularity_bias
from rlmrec.studies.sections.sensitivity import sensitivity
from rlmrec.studies.sections.spaces import maps

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
