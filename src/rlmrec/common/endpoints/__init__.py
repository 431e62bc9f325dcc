"""Endpoints of language models and encoders, which may be slow, broken or hostile."""
