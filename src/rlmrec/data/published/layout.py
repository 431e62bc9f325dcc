"""File names of a dataset published with RLMRec."""

SPLITS = {"train": "trn_mat.pkl", "val": "val_mat.pkl", "test": "tst_mat.pkl"}
EMBEDDINGS = {"user": "usr_emb_np.pkl", "item": "itm_emb_np.pkl"}
PROFILES = {"user": "usr_prf.pkl", "item": "itm_prf.pkl"}
