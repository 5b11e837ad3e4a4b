"""The pages that have been made, each kept until what it was made from changes."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property

import orjson
from quart import Quart

from miavo_gateway.api.docs.documentation import render_documentation
from miavo_gateway.api.docs.reference import render_reference
from miavo_gateway.api.docs.static_files import static_files
from miavo_gateway.api.openapi import description_of
from miavo_gateway.catalogue import Catalogue

__all__ = ["Page", "Shelf"]

_ADDRESSES = 8
"""How many addresses the documentation is kept for; readers name them, so there must be an end."""
_HTML = "text/html; charset=utf-8"
_STAND_INS = {False: "http://gateway.invalid", True: "http://[gateway.invalid]"}
"""What the page is made with, by whether the address is one of IPv6, whose brackets a shell must
be kept from; the address that was asked for is then put in its place."""


@dataclass(frozen=True)
class Page:
    """Something to send, plain and compressed."""

    body: bytes
    content_type: str

    @cached_property
    def zipped(self) -> bytes:
        """The body in gzip."""
        return gzip.compress(self.body, 6, mtime=0)

    @cached_property
    def etag(self) -> str:
        """Names the content."""
        return hashlib.sha256(self.body).hexdigest()[:20]


@dataclass
class Shelf:
    """Makes pages on first need and keeps them. Its methods may be called from any thread."""

    app: Quart
    _made_from: Catalogue | None = None
    _templates: dict[bool, bytes] = field(default_factory=dict)
    _pages: OrderedDict[str, Page] = field(default_factory=OrderedDict)
    _reference: Page | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def documentation(self, catalogue: Catalogue, address: str) -> Page:
        """The documentation of a catalogue for who reached the gateway at an address."""
        with self._lock:
            if catalogue is not self._made_from:
                self._made_from = catalogue
                self._templates.clear()
                self._pages.clear()
            page = self._pages.get(address)
            if page is None:
                page = Page(self._filled(catalogue, address), _HTML)
                self._pages[address] = page
                if len(self._pages) > _ADDRESSES:
                    self._pages.popitem(last=False)
                _ = (page.zipped, page.etag)  # here, off the event loop
            self._pages.move_to_end(address)
            return page

    def reference(self) -> Page:
        """The reference of the HTTP surface."""
        with self._lock:
            if self._reference is None:
                document = orjson.loads(description_of(self.app))
                self._reference = Page(render_reference(document).encode(), _HTML)
                _ = (self._reference.zipped, self._reference.etag)
            return self._reference

    def asset(self, name: str) -> Page | None:
        """A static file by its name in the address; None if there is no such file."""
        return _ASSETS.get(name)

    def _filled(self, catalogue: Catalogue, address: str) -> bytes:
        bracketed = "[" in address
        stand_in = _STAND_INS[bracketed]
        if bracketed not in self._templates:
            self._templates[bracketed] = render_documentation(catalogue, stand_in).encode()
        filled = self._templates[bracketed].replace(stand_in.encode(), address.encode())
        # The WebSocket's address, where the examples need it.
        there, here = ("ws" + each.removeprefix("http") for each in (stand_in, address))
        return filled.replace(there.encode(), here.encode())


_ASSETS = {
    each.address.rpartition("/")[2]: Page(each.content, each.content_type)
    for each in static_files().values()
}
