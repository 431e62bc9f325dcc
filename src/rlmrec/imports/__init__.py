"""Import of profiles and profile embeddings made elsewhere, joined by id into a dataset folder."""
