"""Tables, figures and a page of finished runs: ``python src/report.py runs=outputs/...``."""

from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

from rlmrec.runs import cli


@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="report")
@cli.job
def main(config: DictConfig) -> None:
    """Find runs, compare them, write the report and show its tables."""
    from rlmrec.studies.report import Report, free_folder

    options: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    runs = options["runs"] if isinstance(options["runs"], list) else [options["runs"]]
    out = free_folder(options["out"])
    report = Report([str(place) for place in runs], [str(name) for name in options["metrics"]])
    report.show()
    report.write_tables(out)
    if options["page"]:
        report.write_page(out, parts_of)
    print(f"report: {out}")


def parts_of(options: dict[str, Any]) -> dict[str, Any]:
    """What a run was built from, by its options; data are taken from where they are and never fetched."""
    from hydra.utils import instantiate

    from rlmrec.building import PARTS
    from rlmrec.runs.option_check import check

    needed = {name: options[name] for name in ("dataset", *PARTS) if name in options}
    dataset = needed["dataset"]
    if "url" in dataset and not dataset["root"]:
        needed["dataset"] = dataset | {"root": str(Path(dataset["cache"], "published"))}
    check(needed)
    return instantiate(needed, _convert_="all")


if __name__ == "__main__":
    cli.run(main, config_name="report")
