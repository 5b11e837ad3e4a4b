"""Makes the pictures of the documentation, from a real gateway in Chromium.

Run it from the checkout: `uv run --group dev python screenshots/make_docs.py`. The gateway listens
on a free port; the browser calls it by the name and port that the examples then show.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway

FOLDER = Path(__file__).parent
SHOWN = "gateway.home:6428"


@dataclass(frozen=True)
class Picture:
    """One picture: what is opened, and how."""

    name: str
    path: str
    scheme: Literal["dark", "light"]
    width: int = 1280
    height: int = 860
    typed: str = ""
    """What is looked for."""


PICTURES = (
    Picture("docs-dark", "/docs#guide/streaming", "dark"),
    Picture("docs-light", "/docs#claude-opus-4-7", "light"),
    Picture("docs-search-dark", "/docs", "dark", typed="claude opus"),
    Picture("docs-phone-light", "/docs#glm-4.7", "light", width=390, height=760),
    Picture("docs-api-light", "/docs/api#create_key", "light"),
)


def main() -> None:
    """Write all of them."""
    chromium = shutil.which("chromium")
    assert chromium, "Chromium makes the pictures"
    os.environ["MIAVO_SECRETS"] = "file"
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        embedded = EmbeddedGateway(Home(Path(home)), port=0)
        url = embedded.start()
        names = f"--host-resolver-rules=MAP {SHOWN} {url.removeprefix('http://')}"
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", names])
        try:
            for picture in PICTURES:
                take(browser, picture)
        finally:
            browser.close()
            embedded.stop()


def take(browser: Browser, picture: Picture) -> None:
    """Write one picture."""
    page = browser.new_page(
        viewport={"width": picture.width, "height": picture.height}, color_scheme=picture.scheme
    )
    page.goto(f"http://{SHOWN}{picture.path}")
    if picture.typed:
        page.keyboard.press("/")
        page.keyboard.type(picture.typed)
    page.wait_for_timeout(300)  # until the contents have followed
    page.screenshot(path=FOLDER / f"{picture.name}.png")
    page.close()


if __name__ == "__main__":
    main()
