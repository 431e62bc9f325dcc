"""RLMRec-Lightning: recommenders that understand language."""
