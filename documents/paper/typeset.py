"""Sheets laid out by WeasyPrint.

A sheet may reach nothing but its own fonts and the assets handed in with it: no file, no network, no redirect. Every
glyph must come from a face of ours; anything else (a box, a borrowed face) is an error that names the character.
"""

from collections.abc import Mapping
from contextlib import suppress
from html import unescape
from typing import Any

from weasyprint import CSS, HTML, Document
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from documents.paper.fonts import FontFile, Library, MissingGlyph, Role, library, needs_glyph
from documents.paper.render import MAX_HTML, About, BorrowedGlyph, Finisher, ForbiddenAsset, PaperError


class _Refused(FatalURLFetchingError):  # type: ignore[misc]
    """Passes through WeasyPrint's `except Exception`, which would print the sheet without the asset."""


class Fetcher(URLFetcher):  # type: ignore[misc]
    """Only `data:` and `asset:<name>`."""

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)
        self._assets = assets
        self.refused: list[str] = []
        """WeasyPrint swallows even a fatal refusal inside an SVG and prints the sheet without the picture."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ARG002 (WeasyPrint's signature)
        scheme, _, name = url.partition(":")
        if scheme.lower() == "asset" and name in self._assets:
            return URLFetcherResponse(url, self._assets[name])
        if scheme.lower() == "data":
            return super().fetch(url)
        self.refused.append(url)
        raise _Refused(url)


class Typeset:
    """The faces of one sheet or one batch, each cut once to the characters in it."""

    def __init__(self, text: str, *, fonts: Library | None = None) -> None:
        fonts = fonts or library()
        characters = {char for char in unescape(text) if needs_glyph(char)} | set(map(chr, range(0x20, 0x7F)))
        wanted = "".join(sorted(characters))
        roles = [role for role in Role if f"--{role}" in text]
        files: dict[str, FontFile] = {file.family: file for file in fonts.files.values() if file.family in text}
        variables = []
        for role in roles:
            stack = fonts.stack_for(wanted, role)
            variables.append(f"--{role}: {stack.family};")
            files.update((part.family, part) for part in stack.parts)
        self.files = files
        self.assets = {f"font/{family}": file.cut(characters) for family, file in files.items()}
        faces = (f'@font-face {{ font-family: "{family}"; src: url("asset:font/{family}"); }}' for family in files)
        self.css = "\n".join([*faces, f":root {{ {' '.join(variables)} }}"])
        self.configuration = FontConfiguration()
        self.fetcher = Fetcher(self.assets)

    def lay_out(self, html: str, *, assets: Mapping[str, bytes] | None = None) -> Document:
        if len(html) > MAX_HTML:
            raise PaperError("内容过长，无法排版")
        self.fetcher = fetcher = Fetcher({**self.assets, **(assets or {})})
        sheet = CSS(string=self.css, font_config=self.configuration, url_fetcher=fetcher)
        with suppress(_Refused):
            document = HTML(string=html, url_fetcher=fetcher).render(
                font_config=self.configuration, stylesheets=[sheet]
            )
        self._refuse()
        return document

    def _refuse(self) -> None:
        if self.fetcher.refused:
            raise ForbiddenAsset(f"纸面不得引用外部资源：{self.fetcher.refused[0][:200]}")

    def check(self, document: Document) -> None:
        """Every glyph drawn came from these faces, and nothing was asked for while drawing."""
        self._refuse()
        for font in document.fonts.values():
            if font.missing:
                raise MissingGlyph(map(chr, font.missing))
            if font.family not in self.files:
                drawn = "".join(font.to_unicode.values())
                raise BorrowedGlyph(f"以下字符未使用纸面字体：{drawn[:50]}（{font.family}）")


def _metadata(about: About) -> Any:
    stamp = about.created.isoformat(timespec="seconds") if about.created else None
    return DocumentMetadata(
        title=about.title or None,
        authors=[about.author] if about.author else [],
        description=about.subject or None,
        generator="匠选",
        created=stamp,
        modified=stamp,
        lang="zh-CN",
    )


def write(document: Document, typeset: Typeset, about: About, *, finisher: Finisher | None, pdfa: bool) -> bytes:
    """Write the document; refuse it if a glyph is not ours."""
    document.metadata = _metadata(about)

    def finish(document: Document, pdf: Any) -> None:
        typeset.check(document)
        if finisher:
            finisher(document, pdf)

    variant = {"pdf_variant": "pdf/a-2u"} if pdfa else {}
    return bytes(document.write_pdf(finisher=finish, **variant))
