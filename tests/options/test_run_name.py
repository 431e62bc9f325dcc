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


def test_names_stay_within_what_file_systems_take_and_apart() -> None:
    long = [(f"backbone.option_{number}", 0.123456 * (number + 1)) for number in range(30)]
    names = {run_name("data", "lightgcl", "generative", seed, varied) for varied in (long, long[1:]) for seed in (1, 2)}
    assert len(names) == 4 and max(len(name.encode()) for name in names) <= 240
    assert all(name.startswith("data-lightgcl-generative-option_") and "-seed_" in name for name in names)
