"""Names of all backbones and alignments, as the configuration files have them."""

from rlmrec.common.config_files import choices

BACKBONES, ALIGNMENTS = choices("backbone"), choices("align")
