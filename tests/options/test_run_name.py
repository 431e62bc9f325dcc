"""Names of the runs of a study."""

from rlmrec.options.run_name import run_name


def test_names_are_readable_and_follow_from_the_options_alone() -> None:
    varied = [("interaction_noise", 0.1), ("align.temperature", 0.20), ("initialise_from", "outputs/a=b/run 1")]
    name = "data-sgl-none-temperature_0.2-initialise_from_run_1-interaction_noise_0.1-seed_7"
    assert run_name("data", "sgl", "none", 7, varied) == name
    assert run_name("data", "sgl", "none", 7, varied[::-1]) == name
    assert run_name("my data", "sgl", "none", 7, [("interaction_noise", 0.0)]) == run_name(
        "my_data", "sgl", "none", 7, [("interaction_noise", 0)]
    )
