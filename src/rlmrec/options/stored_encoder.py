"""Reconstruction of the encoder of a dataset's profile embeddings from the stored description."""

from collections.abc import Mapping
from typing import Any

from rlmrec.common.errors import UserError
from rlmrec.options.compose import compose
from rlmrec.options.validate_options import instantiate_parts

FIELDS = {"encoder": "options", "transform": "transform"}
"""Keys in the description of embeddings that hold the options of each part."""
NEVER_TOLD = ("_target_", "_partial_", "_args_", "api_key_variable")
"""Options that an untrusted folder may not set: the code to run, and the secret that is sent to an endpoint."""


def stored_encoder(info: Mapping[str, Any], chosen: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the ``encoder`` and ``transform`` that the profile embeddings of a dataset were made with.

    Args:
        info: description of the embeddings that is stored with the dataset.
        chosen: options of the encoder; those stored with the dataset by default.

    Raises:
        UserError: if the dataset does not name its encoder, or names a choice that does not exist.
    """
    name, transform = info.get("encoder"), (info.get("transform") or {}).get("name", "none")
    if chosen is None and not isinstance(name, str):
        raise UserError("the dataset does not tell how its profile embeddings were made: name the encoder by encoder=")
    if not all(str(word).isidentifier() for word in (name or "none", transform)):
        shown = f"{str(name)[:50]!r} and {str(transform)[:50]!r}"
        raise UserError(f"the dataset names an unknown encoder or transform: {shown}; name one by encoder=")
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
