"""Alignments of collaborative and text space, one per file."""

from rlmrec.aligners.base import Aligner
from rlmrec.aligners.contrastive import Contrastive
from rlmrec.aligners.directau_text import DirectAUText
from rlmrec.aligners.generative import Generative
from rlmrec.aligners.none import NoAlignment
from rlmrec.aligners.promax import ProMax

__all__ = ["Aligner", "Contrastive", "DirectAUText", "Generative", "NoAlignment", "ProMax"]
