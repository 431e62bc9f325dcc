"""Write tables, figures and a page about finished runs: ``rlmrec report runs=outputs/...``."""

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import ReportOptions
from rlmrec.options.compose import plain_options


@entry.command("report", ReportOptions)
def run(config: DictConfig) -> None:
    """Find runs, compare them, write the report and show its tables."""
    from rlmrec.report.build import Report, free_folder, report_folder  # late, since --help does not need it

    options = plain_options(config)
    runs = options["runs"] if isinstance(options["runs"], list) else [options["runs"]]
    out = free_folder(options["out"])
    metrics = options["metrics"]
    asked = None if metrics is None else [str(name) for name in (metrics if isinstance(metrics, list) else [metrics])]
    report = Report([str(place) for place in runs], asked, options["trust"])
    report.show()
    with report_folder(out) as folder:
        report.write_tables(folder)
        if options["page"]:
            report.write_page(folder)
    print(f"report: {out}")
