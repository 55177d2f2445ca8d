"""Nothing that the browser inside WeChat cannot do: no feature of scripts, styles or markup newer than Chromium 100.

A list of what is known to be newer, by where it is used; the number is the Chromium it came with. What merely looks plainer where it
is unknown (text-wrap, @page margins) is let be, and so is what stands behind @supports. Libraries ask before they use something newer.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

BASE: Final = Path(settings.BASE_DIR)

SCRIPT: Final[dict[str, int]] = {
    r"\.toSorted\(|\.toReversed\(|\.toSpliced\(|\)\.with\(": 110,
    r"\bObject\.groupBy\(|\bMap\.groupBy\(": 117,
    r"\bPromise\.withResolvers\(": 119,
    r"\bPromise\.try\(": 128,
    r"\bArray\.fromAsync\(": 121,
    r"\bAbortSignal\.timeout\(": 103,
    r"\bAbortSignal\.any\(": 116,
    r"\bURL\.canParse\(|\bURL\.parse\(": 120,
    r"\.isWellFormed\(|\.toWellFormed\(": 111,
    r"\.isSubsetOf\(|\.isSupersetOf\(|\.isDisjointFrom\(|\.symmetricDifference\(": 122,
    r"/[dgimsuy]*v[dgimsuy]*\.(?:test|exec)\(": 112,
    r"\bstartViewTransition\(": 111,
    r"\bshowPopover\(|\bhidePopover\(|\btogglePopover\(": 114,
    r"\bscheduler\.yield\(": 129,
    r"['\"]scrollend['\"]": 114,
    r"\bnavigation\.(?:navigate|addEventListener|back)\(": 102,
    r"\bsetHTMLUnsafe\(|\bgetHTML\(": 124,
    r"\bmoveBefore\(": 133,
    r"\bcheckVisibility\(": 105,
    r"\brequestClose\(": 134,
    r"\bIterator\.from\(|\.values\(\)\.(?:map|filter|take|drop)\(": 122,
    r"^\s*using ": 134,
}
STYLE: Final[dict[str, int]] = {
    r":has\(": 105,
    r"@container\b": 105,
    r"container-(?:type|name)\s*:": 105,
    r"\d(?:dvh|svh|lvh|dvw|svw|lvw|dvi|dvb)\b": 108,
    r"\d(?:cqw|cqh|cqi|cqb)\b": 105,
    r"\d(?:lh|rlh|cap|rcap)\b": 109,
    r"@scope\b": 118,
    r"@starting-style\b": 117,
    r"\bsubgrid\b": 117,
    r"color-mix\(": 111,
    r"\b(?:oklch|oklab|lab|lch)\(": 111,
    r"\blight-dark\(": 123,
    r"@media[^{]*[<>]": 104,
    r"[;{]\s*(?:translate|rotate|scale)\s*:": 104,
    r":user-(?:valid|invalid)\b": 119,
    r":popover-open\b": 114,
    r":modal\b": 105,
    r":nth-child\([^)]* of ": 111,
    r"\b(?:sin|cos|tan|exp|round|mod|rem|abs|sign)\(": 111,
    r"\banchor-name\s*:|\bposition-anchor\s*:": 125,
    r"(?<![-\w])mask(?:-image|-size)?\s*:": 120,
    r"\bsrgb-linear\b|\bdisplay-p3\b": 111,
    r"\binset-area\s*:": 125,
}
MARKUP: Final[dict[str, int]] = {
    r"\spopover(?:target)?[=\s>]": 114,
    r"\sinert[\s>]": 102,
    r"<details[^>]*\sname=": 120,
    r"<dialog[^>]*\sclosedby=": 134,
    r"\sshadowrootmode=": 111,
    r"\scommandfor=": 135,
}


def _without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)


def _unguarded(text: str) -> str:
    """A style sheet without what stands inside @supports."""
    kept, at = [], 0
    for found in re.finditer(r"@supports[^{]*\{", text):
        if found.start() < at:
            continue
        kept.append(text[at : found.start()])
        depth, at = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
    return "".join([*kept, text[at:]])


def _nested(text: str) -> Iterator[str]:
    """Style rules inside style rules (Chromium 112): only at-rules hold rules."""
    stack: list[str] = []
    for piece in re.finditer(r"([^{};]*)([{};])", re.sub(r'"[^"]*"', '""', text)):
        head, mark = piece[1].strip(), piece[2]
        if mark == "{":
            if stack and not stack[-1].startswith("@") and head:
                yield f"{stack[-1]} {{ {head}"
            stack.append(head)
        elif mark == "}" and stack:
            stack.pop()


def _too_new(text: str, known: dict[str, int]) -> list[str]:
    return [
        f"{found[0].strip()!r} needs Chromium {since}"
        for pattern, since in known.items()
        for found in re.finditer(pattern, text, flags=re.MULTILINE)
    ]


def _files(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in BASE.glob(pattern))


def _name(path: Path) -> str:
    return str(path.relative_to(BASE))


@pytest.mark.parametrize("path", _files("static/js/*.js"), ids=_name)
def test_no_script_needs_a_newer_browser(path: Path) -> None:
    assert _too_new(_without_comments(path.read_text(encoding="utf-8")), SCRIPT) == []


@pytest.mark.parametrize("path", _files("static/css/*.css"), ids=_name)
def test_no_style_needs_a_newer_browser(path: Path) -> None:
    text = _unguarded(_without_comments(path.read_text(encoding="utf-8")))

    assert [*_too_new(text, STYLE), *_nested(text)] == []


def test_no_markup_needs_a_newer_browser() -> None:
    found = {
        _name(path): wrong
        for path in _files("templates/**/*.html")
        if (wrong := _too_new(path.read_text(encoding="utf-8"), MARKUP))
    }

    assert found == {}


def test_the_scan_sees_what_it_is_for() -> None:
    styles = (
        "a { color: red; &:hover { color: blue } } b:has(c) { height: 100dvh } @media (width >= 600px) { d { top: 0 } }"
    )

    assert [*_nested(styles)]
    assert len(_too_new(styles, STYLE)) == 3
    assert _too_new("list.toSorted().findLast(x => x)", SCRIPT) == ["'.toSorted(' needs Chromium 110"]
    assert _unguarded("a {} @supports (x) { b:has(c) { d: e } } f {}").split() == ["a", "{}", "f", "{}"]
