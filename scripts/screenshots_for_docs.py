"""Photograph the demo for README and the guides: `docs/images/<name>-<width>.png`.

    make run                                                     # in another terminal
    python scripts/screenshots_for_docs.py http://127.0.0.1:8000/

Each picture is reached as a person reaches it, by the words on the screen. Everybody in the demo is invented. Only reads, so
it may be run again and again; days and dates follow the demo's.
"""

import argparse
import io
import json
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.screenshot import CHROMIUM, sign_in

OUT = Path("docs/images")
PICTURES = Path("config/demo/pictures.toml")
HEIGHTS = {390: 844, 1280: 900}
COLOURS = 160
Way = Callable[[Page], None]
CHINESE = """for (const one of document.querySelectorAll('input[type=date]')) {
    if (!one.value) { one.type = 'text'; one.value = '年/月/日' }
}"""
"""What a Chinese browser writes into an empty date; Debian's Chromium comes without its other languages."""


def follow(*words: str) -> Way:
    """Follow links, the first of each name."""

    def go(page: Page) -> None:
        for word in words:
            page.locator("body").get_by_role("link", name=word).first.click()
            page.wait_for_load_state("networkidle")

    return go


def step(label: str) -> Way:
    """Go to a screen of an application by its list of steps."""

    def go(page: Page) -> None:
        follow("继续填写", "继续填写")(page)
        page.get_by_text("全部步骤").click()
        follow(label)(page)
        page.locator("#draft").evaluate("one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 12)")

    return go


def scroll_to(selector: str, way: Way) -> Way:
    """Go, then put an element at the head of the window."""

    def go(page: Page) -> None:
        way(page)
        page.locator("img").evaluate_all(
            "all => Promise.all(all.map(one => { one.loading = 'eager'; return one.decode() }))"
        )
        page.locator(selector).first.evaluate(
            "one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 72)"
        )

    return go


def self_check(page: Page) -> None:
    """Answer a few questions and see what they come to."""
    page.locator("input[type=date]").first.fill("1985-05-05")
    for yes in page.locator("input[type=radio][value=yes]").all():
        yes.check()
    page.locator("input[inputmode=numeric], input[type=number]").first.fill("12")
    page.locator("input[name=conditions]").first.check()
    page.get_by_role("button", name="看结果").click()
    page.wait_for_load_state("networkidle")


@dataclass(frozen=True, slots=True)
class Shot:
    name: str
    width: int
    start: str
    """The address, which begins with the union that shows this best."""
    who: str = ""
    """Login of the demo, as far as its @demo.test; empty: anybody."""
    way: Way | None = None


def shots() -> list[Shot]:
    """What the demo's own list says: a picture's steps are `follow`, `step` or `self_check`, and what to put on top."""
    found = []
    for one in tomllib.loads(PICTURES.read_text(encoding="utf-8"))["pictures"]:
        top, way = one.pop("scroll_to", ""), None
        if words := one.pop("follow", []):
            way = follow(*words)
        elif label := one.pop("step", ""):
            way = step(label)
        elif one.pop("self_check", False):
            way = self_check
        found.append(Shot(**one, way=scroll_to(top, way) if top and way else way))
    return found


def photograph(context: BrowserContext, shot: Shot, address: str) -> bytes:
    page = context.new_page()
    page.set_viewport_size({"width": shot.width, "height": HEIGHTS[shot.width]})
    page.goto(address, wait_until="networkidle")
    if shot.way:
        shot.way(page)
    page.evaluate(CHINESE)
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if over > 0:
        print(f"  {shot.name}: scrolls sideways by {over} px", file=sys.stderr)
    picture = page.screenshot()
    page.close()
    return picture


def small(picture: bytes) -> bytes:
    """The same with a palette, which text on paper does not miss."""
    out = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def take(browser: Browser, site: str, wanted: list[Shot], signins: dict[str, str]) -> None:
    for who in dict.fromkeys(shot.who for shot in wanted):
        for width, height in HEIGHTS.items():
            mine = [shot for shot in wanted if shot.who == who and shot.width == width]
            if not mine:
                continue
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
            )
            context.set_default_timeout(20_000)
            if who:
                login = f"{who}.demo.test" if "@" in who else f"{who}@demo.test"
                sign_in(context, site, login, signins[login])
            for shot in mine:
                content = small(photograph(context, shot, site.rstrip("/") + shot.start))
                target = OUT / f"{shot.name}-{width}.png"
                target.write_bytes(content)
                print(f"{target}  {len(content) // 1024} KB", flush=True)
            context.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site")
    parser.add_argument(
        "--signins", type=Path, default=Path("var/demo-signins.json"), help="written by `manage.py demo`"
    )
    parser.add_argument("--only", action="append", help="names of pictures; all unless given")
    arguments = parser.parse_args()
    signins = {one["login"]: one["password"] for one in json.loads(arguments.signins.read_text(encoding="utf-8"))}
    OUT.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in shots() if not arguments.only or shot.name in arguments.only]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take(browser, arguments.site, wanted, signins)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
