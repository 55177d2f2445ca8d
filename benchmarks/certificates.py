"""A batch of certificates against one WeasyPrint call for each, the same design and the same people in one run.

The naive way is what one writes first: the system's fonts by name, border and code as SVG in the page, a PDF a call. Each
way runs in a process of its own, so that the peak memory of one does not hide that of the other. Processor time is compared, not the clock's: other work on the machine is no
merit of either. Naive memory grows with the number of calls, so its peak here is that of a dozen people, not of a hundred.
"""

import base64
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from weasyprint import HTML

from benchmarks import Measured, figure
from documents.paper import certificates, qr
from documents.paper.certificates import CertificateText, render_batch
from documents.paper.designs import RED_GOLD
from documents.paper.render import markup

PEOPLE: Final = 100
NAIVE_PEOPLE: Final = 12
"""The naive way is measured on fewer people and per sheet: on a hundred it takes half a minute and gains nothing."""

SURNAMES: Final = "王李张刘陈杨黄赵吴周"
GIVEN: Final = "建国志强秀英晓明海燕文斌玉兰春华立新永康"


def people(count: int) -> list[CertificateText]:
    return [
        CertificateText(
            number=f"匠〔2019〕{number:03}号",
            title="某某工匠",
            edition="某某市第二届",
            name=SURNAMES[number % 10] + GIVEN[number % 20] + GIVEN[number * 7 % 20],
            citation=(
                "在第二届“某某工匠”认定工作中，长期扎根生产一线，执着专注、精益求精、一丝不苟、追求卓越，技艺精湛，"
                "业绩突出，经审定，授予“某某工匠”称号。\n特颁此证，以资鼓励。"
            ),
            issuers=("某某市总工会",),
            date="二〇一九年三月二十八日",
            verify_url=f"https://example.cn/verify/{number:03}K7QF2M9D/",
        )
        for number in range(count)
    ]


def batch(count: int) -> int:
    return sum(len(pdf) for _, pdf in render_batch(people(count), RED_GOLD))


def naive(count: int) -> int:
    return sum(len(HTML(string=_page(text)).write_pdf()) for text in people(count))


def _page(text: CertificateText) -> str:
    sheet = certificates.measured(text, RED_GOLD)
    html = markup("documents/certificate.html", {"design": RED_GOLD, "frames": [sheet.frame], "sheets": [sheet]})
    fonts = (
        ":root { --title: 'Noto Serif CJK SC'; --kai: 'LXGW WenKai'; --hei: 'Noto Sans CJK SC' }"
        ".title, .edition { font-weight: bold } .name { font-family: 'LXGW WenKai' !important }"
    )
    border, code = _image(_border()), _image(qr.svg(text.verify_url))
    box = RED_GOLD.qr
    images = (
        f"<img src='{border}' style='position:absolute;left:0;top:0;width:297mm'>"
        f"<img src='{code}' style='position:absolute;left:{box.x}mm;top:{box.y}mm;width:{box.w}mm'>"
    )
    one = html.replace("</section>\n<section>", "")
    return one.replace("</style>", f"{fonts}</style>").replace("<section>", f"<section>{images}")


def _image(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _border() -> str:
    """The design's own operators as SVG, so that both ways draw the same lines."""
    pen = _Pen()
    for shape in certificates.shapes(RED_GOLD):
        numbers: list[str] = []
        for word in " ".join(shape.operators()).split():
            if re.fullmatch(r"[-\d.\[\]]+", word):
                numbers.append(word)
            else:
                pen.obey(word, numbers)
                numbers = []
    return f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 297 210'>{''.join(pen.out)}</svg>"


@dataclass
class _Pen:
    """Reads PDF operators, writes SVG."""

    out: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    colours: dict[str, str] = field(default_factory=dict)
    width: str = "1"

    def obey(self, word: str, numbers: list[str]) -> None:
        match word:
            case "q" | "Q":
                self.out.append("<g>" if word == "q" else "</g>")
            case "cm":
                self.out[-1] = f"<g transform='matrix({' '.join(numbers)})'>"
            case "rg" | "RG":
                self.colours[word] = f"rgb({','.join(f'{float(n) * 100:.1f}%' for n in numbers)})"
            case "w":
                self.width = numbers[0]
            case "f" | "S" | "B":
                self._paint(word)
            case _:
                self._trace(word, numbers)

    def _trace(self, word: str, numbers: list[str]) -> None:
        match word:
            case "m" | "l" | "c":
                self.path.append(f"{word.upper()}{' '.join(numbers)}")
            case "h":
                self.path.append("Z")
            case "re":
                x, y, w, h = numbers
                self.path.append(f"M{x} {y}h{w}v{h}h-{w}Z")

    def _paint(self, word: str) -> None:
        fill = self.colours.get("rg", "none") if word in "fB" else "none"
        stroke = self.colours.get("RG", "none") if word in "SB" else "none"
        d = " ".join(self.path)
        self.out.append(f"<path d='{d}' fill='{fill}' stroke='{stroke}' stroke-width='{self.width}'/>")
        self.path.clear()


WAYS: Final[dict[str, Callable[[int], int]]] = {"batch": batch, "naive": naive}


def _run(way: str, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.certificates", way, str(count)]
    answer = subprocess.run(command, capture_output=True, check=True, text=True)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


@figure("certificates.batch_vs_naive", better="higher", target=10)
def batch_vs_naive() -> Measured:
    plain, together = _run("naive", NAIVE_PEOPLE), _run("batch", PEOPLE)
    return Measured(
        plain["cpu_ms_each"] / together["cpu_ms_each"],
        {
            "batch_cpu_ms_each": together["cpu_ms_each"],
            "naive_cpu_ms_each": plain["cpu_ms_each"],
            "batch_people": PEOPLE,
            "naive_people": NAIVE_PEOPLE,
            "batch_peak_memory_mb": together["peak_memory_mb"],
            "naive_peak_memory_mb": plain["peak_memory_mb"],
            "batch_kb_each": together["kb_each"],
            "naive_kb_each": plain["kb_each"],
        },
    )


def main(way: str, count: int) -> None:
    WAYS[way](1)
    started = time.process_time()
    size = WAYS[way](count)
    spent = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"cpu_ms_each": spent / count * 1000, "kb_each": size / count / 1024, "peak_memory_mb": peak}
    print(json.dumps({name: round(value, 1) for name, value in figures.items()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
