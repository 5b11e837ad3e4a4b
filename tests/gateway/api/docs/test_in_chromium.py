"""The documentation as a reader has it: in a real browser, with and without scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from miavo_gateway.catalogue import load_catalogue
from tests.conftest import RunningGateway

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SLUGS = [model.slug for model in load_catalogue().models]
DESKTOP = {"width": 1300, "height": 900}
PHONE = {"width": 375, "height": 740}
CONTRAST = Path(__file__).with_name("contrast.js").read_text()

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

Open = Callable[..., Page]
expect.set_options(timeout=15_000)  # milliseconds; a busy machine takes its time


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, shared_gateway: RunningGateway) -> Iterator[Open]:
    """Opens a page of the documentation; it may not complain, nor load from elsewhere."""
    complaints: list[str] = []
    contexts = []

    def open_at(path: str = "/docs", **surroundings: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, **surroundings})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(shared_gateway.url)
                else complaints.append(request.url)
            ),
        )
        page.goto(shared_gateway.url + path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert complaints == []


def ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def top_of(page: Page, name: str) -> float:
    return float(
        page.evaluate("id => document.getElementById(id).getBoundingClientRect().top", name)
    )


def test_a_model_is_found_by_typing_and_its_copied_program_runs_as_it_is(
    open_page: Open, shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    page = open_page()
    page.keyboard.press("/")
    page.keyboard.type("echo test")
    expect(page.locator("#_found [role=option]").first).to_contain_text("local-echo")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{shared_gateway.url}/docs#local-echo")
    card = page.locator("article#local-echo")
    expect(card).to_be_in_viewport()
    card.get_by_role("button", name="Copy the Python example").click()
    expect(card.get_by_text("Copied")).to_be_visible()
    program = page.evaluate("navigator.clipboard.readText()")
    ran = subprocess.run(
        [sys.executable, "-"],
        input=program,
        env={**os.environ, "MIAVO_API_KEY": shared_gateway.key()},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "API gateway" in ran.stdout, "the echo says the prompt back"


def test_finding_goes_by_arrows_reads_prices_and_says_when_there_is_nothing(
    open_page: Open, shared_gateway: RunningGateway
) -> None:
    page = open_page()
    box = page.get_by_role("combobox")
    box.fill("veo")
    options = page.locator("#_found [role=option]")
    expect(options.first).to_contain_text("vertex-veo-3.1")
    expect(options.first).to_contain_text("$0.400 a second")
    expect(options.nth(2)).to_contain_text("retired")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "_found-1")
    expect(page.locator("#_found-count")).to_contain_text("found")
    page.keyboard.press("Escape")
    expect(page.locator("#_found")).to_be_hidden()
    box.fill("free video")
    expect(options).to_have_count(2)
    box.fill("rate lim")
    expect(options.first).to_contain_text("Rate limits")
    box.fill("no such thing anywhere")
    expect(page.locator("#_found")).to_contain_text("Nothing")
    box.fill("<img src=x onerror=alert(1)>")
    expect(page.locator("#_found img")).to_have_count(0)


def test_without_scripts_all_models_and_the_choice_of_language_are_there(open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    expect(page.locator("article.model")).to_have_count(93)
    for slug in (SLUGS[0], SLUGS[46], SLUGS[-1]):
        card = page.locator(f'article[id="{slug}"]')
        expect(card.get_by_role("heading")).to_be_visible()
        expect(card.locator(".in-python pre").first).to_be_visible()
        expect(card.locator(".in-curl pre").first).to_be_hidden()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    expect(page.get_by_role("combobox")).to_have_count(0)
    page.locator('.languages label[for="_show-curl"]').click()
    last = page.locator(f'article[id="{SLUGS[-1]}"]')
    expect(last.locator(".in-curl pre").first).to_be_visible()
    expect(last.locator(".in-python pre").first).to_be_hidden()
    page.locator('label[for="_kind-video"]').click()
    expect(page.locator(".glance tr.is-video").first).to_be_visible()
    expect(page.locator(".glance tr.is-chat").first).to_be_hidden()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["kimi-k2.6", "local-storyboard", "guide/errors"])
def test_a_deep_link_lands(open_page: Open, viewport: dict[str, int], name: str) -> None:
    page = open_page(f"/docs#{name}", viewport=viewport)
    page.wait_for_load_state("load")
    bar = page.locator(".bar").bounding_box()
    assert bar
    page.wait_for_function(
        """([id, bar]) => {
          const { top } = document.getElementById(id).getBoundingClientRect();
          return top >= bar && top < bar + 80;
        }""",
        arg=[name, bar["height"]],
        timeout=15_000,
    )


def test_the_language_chosen_in_one_place_holds_everywhere_and_stays(open_page: Open) -> None:
    page = open_page("/docs#kimi-k2.6")
    card = page.locator('article[id="kimi-k2.6"]')
    before = top_of(page, "kimi-k2.6")
    card.locator(".in-python .choices").get_by_text("TypeScript").click()
    expect(card.locator(".in-typescript pre").first).to_be_visible()
    assert abs(top_of(page, "kimi-k2.6") - before) < 2, "what is read stays where it is"
    page.reload()
    expect(page.locator(".in-typescript pre").first).to_be_visible()
    expect(page.locator(".in-python pre").first).to_be_hidden()


def test_the_contents_follow_the_reader(open_page: Open) -> None:
    page = open_page("/docs#kimi-k2.6")
    group = page.locator("#_contents details").filter(has_text="Moonshot Kimi")
    expect(group.get_by_role("link", name="Kimi K2.6")).to_have_attribute("aria-current", "true")
    page.evaluate("location.hash = 'guide/errors'")
    here = page.locator("#_contents").get_by_role("link", name="Errors")
    expect(here).to_have_attribute("aria-current", "true")
    expect(group.get_by_role("link", name="Kimi K2.6")).to_be_hidden()


def test_dark_and_light_follow_the_system_until_the_reader_chooses(open_page: Open) -> None:
    light = ground(open_page(color_scheme="light"))
    page = open_page(color_scheme="dark")
    dark = ground(page)
    assert light != dark
    page.get_by_role("button", name="Switch between light and dark").click()
    assert ground(page) == light
    page.reload()
    assert ground(page) == light


@pytest.mark.parametrize("path", ["/docs", "/docs/api"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_all_text_can_be_read_against_its_ground(open_page: Open, path: str, scheme: str) -> None:
    page = open_page(path, color_scheme=scheme)
    # What is off the screen is not painted; here it has to be.
    faint = page.evaluate(CONTRAST)
    assert faint == []


@pytest.mark.parametrize("path", ["/docs", "/docs/api"])
def test_a_phone_shows_it_without_scrolling_sideways(open_page: Open, path: str) -> None:
    page = open_page(path, viewport=PHONE)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    contents = page.locator("#_contents")
    expect(contents).to_be_hidden()
    page.get_by_role("button", name="Contents").click()
    expect(contents).to_be_visible()
    contents.get_by_role("link").nth(3).click()
    expect(contents).to_be_hidden()
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    assert page.evaluate(wide) == 0


def test_the_keyboard_reaches_what_the_mouse_does(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    reached = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.id || document.activeElement.className "
                "|| document.activeElement.textContent"
            )
        )
    assert {"_search", "_show-python", "theme", "Start", "Authentication"} <= reached
    page.locator("#_show-python").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".in-typescript pre").first).to_be_visible()
