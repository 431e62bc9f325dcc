"""Encoding of profile texts as vectors."""
