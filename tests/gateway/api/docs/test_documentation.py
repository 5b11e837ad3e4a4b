"""`GET /docs`: all of the catalogue, safe to open, cheap to serve."""

from __future__ import annotations

import http.client
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from miavo_gateway.catalogue import examples, load_catalogue
from miavo_gateway.catalogue.fields import SLUG
from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway
from tests.conftest import RunningGateway

CATALOGUE = load_catalogue()
PUBLIC_PAGE = Path(__file__).parents[5] / "shared" / "miavo-docs.txt"
VOID = {"meta", "link", "img", "input", "br", "path", "circle"}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.programs: list[str] = []
        self.open: list[str] = []
        self._in_code = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if found.get("id"):
            self.ids.append(found["id"] or "")
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag in ("script", "img", "link"):
            self.loaded.append(found.get("src") or found.get("href") or "")
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        if tag == "pre":
            self._in_code = True
            self.programs.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open.pop() == tag
        if tag == "pre":
            self._in_code = False

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.programs[-1] += data


@pytest.fixture(scope="module")
def html(shared_gateway: RunningGateway) -> str:
    answer = httpx.get(f"{shared_gateway.url}/docs", timeout=30)  # without any key
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_every_model_is_there_with_its_price_and_whole_programs_for_this_gateway(
    shared_gateway: RunningGateway, html: str, page: Page
) -> None:
    programs = {each.strip() for each in page.programs}
    for model in CATALOGUE.models:
        assert model.slug in page.ids
        card = html.partition(f'<article class="model" id="{model.slug}"')[2]
        card = card.partition("</article>")[0]
        for price in (model.prices.input, model.prices.output, model.prices.per_second):
            if price and not model.prices.free:
                assert f"${price.usd}" in card
        if model.lifecycle.retires_on:
            assert f"{model.lifecycle.retires_on:%B %Y}" in card
        for program in examples(model, shared_gateway.url).values():
            assert program.strip() in programs
    assert len(CATALOGUE.models) == 93


def test_no_slug_can_take_an_id_from_the_rest_of_the_page(page: Page) -> None:
    slugs = {model.slug for model in CATALOGUE.models}
    for name in set(page.ids) - slugs:
        assert not SLUG.fullmatch(name), name


def test_every_link_leads_somewhere(shared_gateway: RunningGateway, page: Page) -> None:
    assert len(set(page.ids)) == len(page.ids)
    assert not page.open
    for link in {each for each in page.links if each.startswith("#")}:
        assert link[1:] in page.ids, link
    elsewhere = {each for each in page.links if not each.startswith("#")}
    assert elsewhere == {"/docs", "/docs/api"}


def test_nothing_is_loaded_from_elsewhere_and_no_script_or_style_is_inline(
    shared_gateway: RunningGateway, html: str, page: Page
) -> None:
    assert not page.inline
    assert "<style" not in html
    assert re.findall(r"<script[^>]*>(.+?)</script>", html) == []
    assert page.loaded
    for path in page.loaded:
        asset = httpx.get(shared_gateway.url + path)
        assert asset.status_code == 200
        assert "immutable" in asset.headers["cache-control"]
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", asset.text)
    for path in ("/docs", "/docs/api"):
        policy = httpx.get(shared_gateway.url + path, timeout=30).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy


def test_the_address_is_that_of_the_request_and_no_hole_in_the_page(
    shared_gateway: RunningGateway,
) -> None:
    def asked_as(host: str) -> str:
        connection = http.client.HTTPConnection(urlsplit(shared_gateway.url).netloc, timeout=30)
        connection.putrequest("GET", "/docs", skip_host=True)
        connection.putheader("Host", host)
        connection.endheaders()
        return connection.getresponse().read().decode()

    assert "http://models.example:8080/v1" in asked_as("models.example:8080")
    on_ipv6 = asked_as("[fd00::1]:6428")
    assert "&#39;http://[fd00::1]:6428/v1/chat/completions&#39;" in on_ipv6, "quoted for a shell"
    attacked = asked_as('x"><script>alert(1)</script>')
    assert "alert(1)" not in attacked
    assert f"{shared_gateway.url}/v1" in attacked
    assert "gateway.invalid" not in attacked + on_ipv6


def test_it_is_small_on_the_wire_and_not_sent_twice(
    shared_gateway: RunningGateway, html: str
) -> None:
    with httpx.Client(base_url=shared_gateway.url, timeout=30) as client:
        zipped = client.get("/docs", headers={"accept-encoding": "gzip"})
        assert zipped.headers["content-encoding"] == "gzip"
        assert int(zipped.headers["content-length"]) < 80_000
        assert zipped.text == html
        plain = client.get("/docs", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        again = client.get("/docs", headers={"if-none-match": zipped.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get("/docs/assets/docs.000000000000.css").status_code == 404
        assert client.get("/docs/assets/..%2f__init__.py").status_code == 404


def test_what_an_operator_writes_is_shown_as_text(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(
        '[models."local-echo"]\nsummary = "<img src=x onerror=alert(1)> & more"\n'
        'prices = { input = "7.77", output = "8.88" }\n'
    )
    embedded = EmbeddedGateway(Home(home), port=0)
    try:
        html = httpx.get(f"{embedded.start()}/docs", timeout=30).text
    finally:
        embedded.stop()
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; more" in html
    assert "$7.77" in html


@pytest.fixture(scope="module")
def sentences_of_the_public_page() -> list[str]:
    if not PUBLIC_PAGE.exists():
        pytest.skip("the public page is not beside the repository")
    lines = PUBLIC_PAGE.read_text().splitlines()
    names = {model.name for model in CATALOGUE.models}
    return [each for line in lines if len((each := line.strip()).split()) > 6 and each not in names]


def test_the_words_are_this_projects_own(
    html: str, sentences_of_the_public_page: list[str]
) -> None:
    for sentence in sentences_of_the_public_page:
        assert sentence not in html
