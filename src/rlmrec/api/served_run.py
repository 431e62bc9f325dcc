"""Use of a trained run: lists, newcomers, embeddings by external id, and export."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rlmrec.api.stored_run import StoredRun
from rlmrec.common.bounded.tables import read_table
from rlmrec.common.errors import MissingFilesError
from rlmrec.common.silence import silence
from rlmrec.data.external_ids import known_numbers, refuse_other_than_text
from rlmrec.options.stored_encoder import stored_encoder
from rlmrec.recommending import NOBODY, Newcomers, ServedModel
from rlmrec.recommending.indexes.base import NearestItems
from rlmrec.recommending.request import made_request
from rlmrec.runs.tables import RECOMMENDATIONS
from rlmrec.text.further_profiles import FurtherProfiles


class ServedRun(StoredRun):
    """A run with trained weights that recommends, embeds and exports."""

    @cached_property
    def served(self) -> ServedModel:
        """Return the model that serves lists, neighbours and users unseen in training."""
        return ServedModel(self.model, self.dataset, self.options["evaluation"].get("mask", "train"))

    def recommend(self, users: Sequence[str] | None = None, **request: Any) -> pl.DataFrame:
        """Return lists of items for users: user, rank, item, title and score, with external ids.

        Args:
            users: external ids; all users of the dataset by default.
            request: ``k``, ``filter_seen``, ``items``, ``exclude`` and ``on_unknown``; see ``ListRequest``.

        Raises:
            UserError: if an option is wrong, or users or items are not in the dataset; the message names them.

        Examples:
            >>> load("outputs/...").recommend(["reader-1"], k=10)
        """
        return self.served.recommend(users, made_request(request))

    def recommend_to_new(
        self,
        histories: Mapping[str, Sequence[str]] | None = None,
        profiles: Mapping[str, str] | None = None,
        **request: Any,
    ) -> pl.DataFrame:
        """Return lists for users unseen in training, from their items, a profile text, or both.

        Args:
            histories: external ids of items by name of the user.
            profiles: profile texts by name of the user, encoded like the profiles of the dataset.
            request: options of the lists; see ``recommend``.

        Raises:
            UserError: if an option is wrong, nothing is known about a user, or the model does not support new users.

        Examples:
            >>> load("outputs/...").recommend_to_new(profiles={"me": "Enjoys hard science fiction."}, k=10)
        """
        texts = profiles or {}
        refuse_other_than_text(texts)
        table = pl.DataFrame({"external_id": [*texts], "profile": [*texts.values()]})
        users = self.newcomers(table) if texts else NOBODY
        return self.served.recommend_to_new(made_request(request), histories, users)

    def newcomers(self, table: pl.DataFrame, encoder: Mapping[str, Any] | None = None) -> Newcomers:
        """Return users or items added after training, with profile embeddings in the space of the dataset's own.

        Args:
            table: columns external_id and profile, without empty values, and optionally title.
            encoder: options of the encoder as returned by ``compose``; those stored with the dataset by default.

        Raises:
            UserError: if the encoder is not that of the dataset, or does not encode a profile.
        """
        further = self._further_profiles if encoder is None else self._encoded_by(encoder)
        return Newcomers(table, further.encode(table["profile"].to_list()))

    @cached_property
    def _further_profiles(self) -> FurtherProfiles:
        return self._encoded_by(None)

    def _encoded_by(self, encoder: Mapping[str, Any] | None) -> FurtherProfiles:
        silence()
        return FurtherProfiles(self.dataset, **stored_encoder(self.dataset.embeddings_info, encoder))

    def export(self, folder: str | Path, index: NearestItems | None = None) -> dict[str, Any]:
        """Write the model to a new folder that can be used without this project; its README has an example.

        Args:
            folder: path of the new folder.
            index: approximate nearest-neighbour index to build and write beside the model.

        Returns:
            The description of the index in ``meta.json``; empty without an index.

        Raises:
            UserError: if the folder exists, or an index is requested for a model without embeddings.
        """
        told = ("dataset", "backbone", "align", "seed", "fingerprints", "finished")
        return self.served.export(folder, {name: self.results.get(name) for name in told}, index)

    @cached_property
    def _embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        users, items = self.model.embed()
        return users.cpu().numpy(), items.cpu().numpy()

    def user_embeddings(self, external_ids: Sequence[str] | None = None) -> np.ndarray:
        """Return the embeddings of users; their dot products with item embeddings rank the items.

        Args:
            external_ids: external ids of the users; all users in id order by default.

        Returns:
            Array of shape ``(n, D)``, float32.

        Raises:
            UserError: if users are not in the dataset, which the message names, or the backbone has no embeddings.
        """
        return self._rows(self._embeddings[0], self.dataset.users, external_ids, "user")

    def item_embeddings(self, external_ids: Sequence[str] | None = None) -> np.ndarray:
        """Return the embeddings of items; see ``user_embeddings``."""
        return self._rows(self._embeddings[1], self.dataset.items, external_ids, "item")

    @staticmethod
    def _rows(table: np.ndarray, entities: pl.DataFrame, names: Sequence[str] | None, kind: str) -> np.ndarray:
        return table if names is None else table[known_numbers(entities, names, kind)]

    def recommendations(self) -> pl.DataFrame:
        """Return the lists that the test ranked: user, rank, item, title, score and hit, with external ids.

        Raises:
            MissingFilesError: if the run has stored no lists.
            UserError: if the file is damaged.
        """
        path = self.folder.recommendations
        if not path.is_file():
            raise MissingFilesError(f"{path} is missing: the run was not tested")
        users = self.dataset.users.select(pl.col("id").cast(pl.Int64).alias("user"), user_name="external_id")
        items = self.dataset.items.select(pl.col("id").cast(pl.Int64).alias("item"), "title", item_name="external_id")
        lists = read_table(path, RECOMMENDATIONS).join(users, on="user").join(items, on="item").sort("user", "rank")
        return lists.select(
            pl.col("user_name").alias("user"), "rank", pl.col("item_name").alias("item"), "title", "score", "hit"
        )
