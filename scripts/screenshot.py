"""Photograph pages at 390 and 1280 px with the machine's own Chromium, for the documents and for a look before "done".

    python scripts/screenshot.py --out var/screenshots http://127.0.0.1:8000/styleguide/ …
    python scripts/screenshot.py --sign-in 19900000000:password --large --grey http://127.0.0.1:8000/…

Prints one line a picture. Ends with 1 if a page scrolls sideways, logs an error to the console (a refused inline style is one),
or answers with an error status: a picture of a broken page should not get into a guide.
"""

import argparse
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, sync_playwright

WIDTHS = {390: 844, 1280: 900}
_CHROMIUMS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
CHROMIUM = next((path for path in _CHROMIUMS if Path(path).exists()), _CHROMIUMS[0])
"""The shell without windows where there is one: it needs a quarter less of the processors."""


def file_name(url: str, width: int, suffix: str) -> str:
    """A name that says which page: ``/u/list/?page=2`` at 390 px becomes ``u-list-page-2-390.png``."""
    parts = urlsplit(url)
    slug = re.sub(r"[^\w]+", "-", f"{parts.path} {parts.query}", flags=re.UNICODE).strip("-_ ") or "index"
    return f"{slug}-{width}{suffix}.png"


def sign_in(context: BrowserContext, url: str, login: str, password: str) -> None:
    parts = urlsplit(url)
    page = context.new_page()
    page.goto(f"{parts.scheme}://{parts.netloc}/accounts/login/")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state("networkidle")
    page.close()


def photograph(context: BrowserContext, url: str, target: Path, *, grey: bool, full: bool) -> list[str]:
    page = context.new_page()
    troubles: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            troubles.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    response = page.goto(url, wait_until="networkidle")
    if response is None or response.status >= 400:
        troubles.append(f"answered {response.status if response else 'nothing'}")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        troubles.append(f"scrolls sideways by {overflow} px")
    if grey:
        page.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
    if full:
        # a window as tall as the page, not full_page: what sticks to the window's bottom would hide the middle
        height = page.evaluate("document.documentElement.scrollHeight")
        width = page.evaluate("window.innerWidth")
        page.set_viewport_size({"width": width, "height": min(height, 16000)})
    page.screenshot(path=target)
    page.close()
    return troubles


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="+")
    parser.add_argument("--out", type=Path, default=Path("var/screenshots"))
    parser.add_argument("--sign-in", default="", metavar="LOGIN:PASSWORD")
    parser.add_argument("--large", action="store_true", help="with the large mode on")
    parser.add_argument("--grey", action="store_true", help="without colour: states must still be told apart")
    parser.add_argument("--window", action="store_true", help="the first screen only, not the whole page")
    parser.add_argument("--width", type=int, action="append", choices=sorted(WIDTHS), help="default: both")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    suffix = ("-large" if arguments.large else "") + ("-grey" if arguments.grey else "")
    failed = False
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in arguments.width or WIDTHS:
            context = browser.new_context(
                viewport={"width": width, "height": WIDTHS[width]}, locale="zh-CN", timezone_id="Asia/Shanghai"
            )
            if arguments.large:
                context.add_cookies([{"name": "jx_large", "value": "1", "url": arguments.urls[0]}])
            if arguments.sign_in:
                login, _, password = arguments.sign_in.partition(":")
                sign_in(context, arguments.urls[0], login, password)
            for url in arguments.urls:
                target = arguments.out / file_name(url, width, suffix)
                troubles = photograph(context, url, target, grey=arguments.grey, full=not arguments.window)
                print(target, *troubles, sep="\n  ")
                failed = failed or bool(troubles)
            context.close()
        browser.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
