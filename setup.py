"""Packaging that pyproject.toml cannot describe: the top-level folder conf/ is shipped as the package rlmrec.conf."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages("src"), "hydra_plugins", "rlmrec.conf"],
    package_dir={"": "src", "rlmrec.conf": "conf"},
)
