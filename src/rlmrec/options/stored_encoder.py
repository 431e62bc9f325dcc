"""The encoder that made the profile embeddings of a dataset, from what the dataset tells of it."""

from collections.abc import Mapping
from typing import Any

from rlmrec.common.errors import UserError
from rlmrec.options.compose import compose
from rlmrec.options.validate_options import instantiate_parts

FIELDS = {"encoder": "options", "transform": "transform"}
"""Keys of the options of each part in the description of embeddings."""
NEVER_TOLD = ("_target_", "_partial_", "_args_", "api_key_variable")
"""Options that a folder from elsewhere may not choose: the code that runs, and which secret goes to an endpoint."""


def stored_encoder(info: Mapping[str, Any], chosen: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return ``encoder`` and ``transform`` as they were when profile embeddings were made.

    Args:
        info: how the embeddings were made, as a dataset tells it.
        chosen: options of the encoder; those that the dataset tells by default.

    Raises:
        UserError: if the dataset does not tell, or names no choice there is.
    """
    name, transform = info.get("encoder"), (info.get("transform") or {}).get("name", "none")
    if chosen is None and not isinstance(name, str):
        raise UserError("the dataset does not tell how its profile embeddings were made: name the encoder by encoder=")
    if not all(str(word).isidentifier() for word in (name or "none", transform)):
        shown = f"{str(name)[:50]!r} and {str(transform)[:50]!r}"
        raise UserError(f"the dataset names an encoder and a transform that are none: {shown}; name one by encoder=")
    words = [f"transform={transform}"] if chosen is not None else [f"encoder={name}", f"transform={transform}"]
    options = compose(["folder=.", *words], "encode_text")
    made = {part: dict(options[part]) for part in FIELDS}
    for part, field in FIELDS.items():
        told = info.get(field) or {}
        taken = {key for key in told.keys() & made[part].keys() if told[key] is not None and key not in NEVER_TOLD}
        made[part] |= {key: told[key] for key in taken}
    if chosen is not None:
        made["encoder"] = dict(chosen)
    return dict(instantiate_parts(made))
