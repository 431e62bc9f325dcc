"""The page in a real browser."""

import shutil
import threading
from collections.abc import Iterator

import polars as pl
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rlmrec.api import TrainedRun
from rlmrec.serving.answers import Answers
from rlmrec.serving.app import make_app

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="module")
def address(answers: list[Answers]) -> Iterator[str]:
    config = uvicorn.Config(make_app(answers, ["127.0.0.1"], token="secret"), port=0, log_level="warning")
    bound = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    yield f"http://127.0.0.1:{bound.getsockname()[1]}/"
    server.should_exit = True
    thread.join(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page with the token shown, as a phone in the dark would show it; nothing may go wrong in it."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page, wrong = context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    told = "status of 40"  # an answer that the page shows
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" and told not in line.text else None)
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(address) else None)
    page.goto(address)
    page.get_by_role("textbox", name="Token").fill("secret")
    page.keyboard.press("Enter")
    yield page
    assert wrong == []
    context.close()


def titles(page: Page) -> list[list[str]]:
    return [card.locator(".title").all_inner_texts() for card in page.locator("#lists .card").all()]


def test_a_person_is_chosen_by_keyboard_and_seen_side_by_side(page: Page, runs: list[TrainedRun]) -> None:
    people = page.get_by_role("listbox", name="People")
    expect(people.get_by_role("option")).to_have_count(20)
    people.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("status")).to_have_text("Recommendations for user number 1")
    expect(page.locator("#profile-of")).to_contain_text("azure ocean sapphire")
    assert titles(page) == [run.recommend(["user-1"], k=10)["title"].to_list() for run in runs]
    expect(page.locator("#lists h2")).to_have_text(["model 0", "model 1"])
    expect(page.locator(".why").first).to_contain_text("near item number")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_people_are_searched_page_by_page(page: Page) -> None:
    page.get_by_role("button", name="More").click()
    expect(page.locator("#people-shown")).to_have_text("21 to 40 of 60")
    page.get_by_label("Find a person").fill("number 5")
    expect(page.locator("#people-shown")).to_have_text("1 to 11 of 11")


def test_words_and_ticks_of_ones_own_get_recommendations(page: Page, runs: list[TrainedRun]) -> None:
    page.get_by_role("tab", name="A person").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Recommend").click()
    expect(page.get_by_role("status")).to_have_text("Say what you like, or tick something.")
    page.get_by_label("Say what you like").fill("azure ocean")
    page.get_by_label("And tick what you know and like").fill("number 13")
    expect(page.locator("#items li")).to_have_count(1)
    page.locator("#items").get_by_label("item number 13").check()
    page.get_by_role("button", name="Recommend").click()
    expect(page.get_by_role("status")).to_have_text("Recommendations for you")
    expected = [run.recommend_to_new({"you": ["item-13"]}, {"you": "azure ocean"}, k=10) for run in runs]
    assert titles(page) == [table["title"].to_list() for table in expected]
    page.get_by_label("Say what you like").fill("zyx")
    page.get_by_role("button", name="Recommend").click()
    expect(page.get_by_role("status")).to_contain_text("the encoder makes nothing of the profile")


def test_texts_of_the_data_are_no_html(page: Page, runs: list[TrainedRun], answers: list[Answers]) -> None:
    table = answers[0].directory.tables["user"]
    evil = "<img src=x onerror=alert(1)>"
    changed = table.with_columns(profile=pl.lit(evil))
    answers[0].directory.tables["user"] = changed
    try:
        page.locator("#people li").first.click()
        expect(page.locator("#profile-of")).to_contain_text(evil)
        assert page.locator("#profile-of img").count() == 0
    finally:
        answers[0].directory.tables["user"] = table
