"""Check a built site: every local href and src leads to an existing file, and every anchor to an id on its page.

    python docs/check_links.py SITE

Prints broken links, one per line, and exits with 1 if there are any. Pictures, scripts or style sheets from
other sites count as broken: the pages are read offline. Needs only Python, and no network: links to other
sites are not followed.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("img", "src"), ("script", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}


class Links(HTMLParser):
    """The links of a page, what it loads, and the ids and names that links may point at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (tag, name) == ("a", "href"):
                self.links.append(value)
            if value and (tag, name) in LOADED:
                self.loaded.append(value)
            if value and (name == "id" or (tag, name) == ("a", "name")):
                self.anchors.add(value)


def broken_links(site: Path) -> list[str]:
    """The broken links on the pages below a folder, as "page: link (why)"."""
    site = site.resolve()
    # _static has templates of the theme, which are not pages.
    paths = [path for path in sorted(site.rglob("*.html")) if site / "_static" not in path.parents]
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in paths}
    if not pages:
        raise SystemExit(f"{site} holds no HTML page.")
    found = []
    for page, parsed in pages.items():
        for link in [*parsed.links, *parsed.loaded]:
            why = _broken(link, page, site, pages)
            if not why and link in parsed.loaded and urlsplit(link).netloc:
                why = "of another site"
            if why:
                found.append(f"{page.relative_to(site)}: {link} ({why})")
    return found


def _broken(link: str, page: Path, site: Path, pages: dict[Path, Links]) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    path = unquote(parts.path)
    target = site / path.lstrip("/") if path.startswith("/") else page.parent / path if path else page
    target = (target / "index.html" if target.is_dir() else target).resolve()
    if not target.exists():
        return "no such file"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "no such anchor"
    return ""


def main() -> int:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    found = broken_links(Path(sys.argv[1]))
    print("\n".join(found) if found else "Every local link leads somewhere.")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
