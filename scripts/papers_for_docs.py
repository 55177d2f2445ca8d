"""Picture the papers of every rule set for `docs/papers/<code>-<paper>.png`, on invented people and without a database.

    python scripts/papers_for_docs.py            # every rule set in campaigns/rulesets; or name their codes

Every form, the notice, the conferring decision and a certificate of each award; the pages of a paper stand side by side. The
papers are made by the same code as in a campaign; `make rehearse` makes them all from a played one. `docs/papers.md`, which
shows them and says whose each layout is, is written anew when no code is named.
"""

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import django
import pypdfium2
from PIL import Image

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("SECRET_KEY", "only-pictures")
os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
django.setup()

from applications.models import Application, Person  # noqa: E402 - Django first
from applications.papers import form_papers, layouts, paper_fields  # noqa: E402
from applications.selectors import display_answers  # noqa: E402
from applications.strokes import in_stroke_order  # noqa: E402
from campaigns.models import Campaign, Stage  # noqa: E402
from campaigns.rules import loader  # noqa: E402
from campaigns.rules.schema import PublicNoticeStage, RuleSet  # noqa: E402
from campaigns.timetable import ZONE  # noqa: E402
from documents.paper import forms  # noqa: E402
from documents.paper.certificates import render_one  # noqa: E402
from documents.paper.designs import DESIGNS  # noqa: E402
from documents.paper.official import notice_pdf  # noqa: E402
from publicity.jobs import certificate_text  # noqa: E402
from publicity.models import Award, Certificate, Notice, NoticeVersion  # noqa: E402
from publicity.papers import decision_document, notice_document  # noqa: E402
from publicity.rehearsal import sample  # noqa: E402
from publicity.rehearsal.people import invent  # noqa: E402
from publicity.selectors import notice_columns  # noqa: E402
from publicity.wording import notice_defaults  # noqa: E402
from unions.models import Union  # noqa: E402

OUT: Final = ROOT / "docs" / "papers"
WIDTH: Final = 520
"""Pixels of a portrait page: enough to read the labels."""
BYTES: Final = 60_000
GAP: Final = 12
MOST_PAGES: Final = 4
PEOPLE: Final = 12

Named = tuple[str, bytes]


def papers(rules: RuleSet) -> Iterator[Named]:
    """Name of the picture and the PDF."""
    issued = rules.basis.issued or rules.dates.applications.to or date(2026, 3, 2)
    at = datetime.combine(issued, time(10), ZONE) + timedelta(days=90)
    union = Union(name=rules.basis.hosts[0], slug="sample")
    campaign = Campaign(union=union, rules_data=loader.to_frozen(rules), reference_date=at.date(), title=rules.name)
    people = [_application(campaign, one.name, one.employer, n) for n, one in enumerate(_invented(rules), 1)]
    answers = {person.pk: one.answers for person, one in zip(people, _invented(rules), strict=True)}
    first = people[0]
    for n, paper in enumerate(form_papers(rules)):
        values = forms.PaperValues(
            fields=paper_fields(rules, answers[first.pk], first),
            photo=sample.photo(1).read(),
            number=first.number,
            check_code="2XV7-AGYT-K424",
            check_url="https://example.invalid/prints/2XV7-AGYT-K424/",
            printed_at=at,
        )
        whole = forms.form_pdf(layouts(paper, rules), values)
        yield f"form-{paper.id}" if n else "form", forms.fold(whole) if paper.size == "A3-folded" else whole
    people = in_stroke_order(people, lambda person: person.name)
    shown = {person.pk: display_answers(person, answers[person.pk]) for person in people}
    yield from _notice(campaign, shown, at)
    held = [(person.name, person.employer) for person in people]
    yield "decision", notice_pdf(decision_document(rules, [(rule, held) for rule in rules.awards], at=at))
    for n, rule in enumerate(rule for rule in rules.awards if rule.certificate):
        assert rule.certificate is not None
        award = Award(application=people[0], label=rule.label, conferred_on=at.date())
        certificate = Certificate(
            award=award,
            campaign=campaign,
            union=union,
            number=rule.certificate.number.format(year=at.year, n=1, code=rules.code),
            code="SAMPLE",
        )
        sheet = render_one(certificate_text(certificate, rule), DESIGNS[rule.certificate.design])
        yield f"certificate-{rule.id}" if n else "certificate", sheet


def _invented(rules: RuleSet) -> list[Any]:
    return invent(rules, count=PEOPLE, seed=7, failing=0)


def _application(campaign: Campaign, name: str, employer: str, n: int) -> Application:
    return Application(
        pk=n,
        campaign=campaign,
        union=campaign.union,
        person=Person(pk=n, name=name),
        channel=campaign.rules.channels[0].id,
        number=f"示例-{n:04}",
        name=name,
        employer=employer,
    )


def _notice(campaign: Campaign, shown: dict[int, dict[str, str]], at: datetime) -> Iterator[Named]:
    rule = next((rule for rule in campaign.rules.stages if isinstance(rule, PublicNoticeStage)), None)
    if rule is None:
        return
    stage = Stage(campaign=campaign, union=campaign.union, key=rule.id, label=rule.label, kind=rule.kind)
    columns = notice_columns(stage)
    version = NoticeVersion(
        notice=Notice(stage=stage, union=campaign.union),
        version=1,
        columns=[{"id": column.id, "label": column.label} for column in columns],
        starts_on=at.date(),
        ends_on=at.date() + timedelta(days=rule.length.days),
        sha256="0" * 64,
        at=at,
        **notice_defaults(stage),
    )
    lines = [[values.get(column.id, "") for column in columns] for values in shown.values()]
    yield "notice", notice_pdf(notice_document(version, lines))


def pages(pdf: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            page.render(
                scale=WIDTH * (1 if page.get_height() > page.get_width() else 1.414) / page.get_width()
            ).to_pil()
            for page in list(document)[:MOST_PAGES]
        ]
    finally:
        document.close()


def sheet(images: Sequence[Image.Image]) -> Image.Image:
    """The pages beside each other on grey."""
    width = sum(image.width for image in images) + GAP * (len(images) + 1)
    ground = Image.new("RGB", (width, max(image.height for image in images) + 2 * GAP), "#c9cdd2")
    x = GAP
    for image in images:
        ground.paste(image, (x, GAP))
        x += image.width + GAP
    return ground


def small(image: Image.Image) -> bytes:
    """As a palette PNG of few colours, and fewer or smaller until it weighs little."""
    made = b""
    for share in (1.0, 0.85, 0.7, 0.6, 0.5):
        size = (round(image.width * share), round(image.height * share))
        smaller = image.resize(size, Image.Resampling.LANCZOS) if share < 1 else image
        for colours in (24, 12, 8):
            out = io.BytesIO()
            smaller.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            made = out.getvalue()
            if len(made) <= BYTES:
                return made
    return made


HEAD: Final = """\
# 纸面

每个规则集印出来的样子。图由 `scripts/papers_for_docs.py` 用虚构的人和与正式活动相同的程序生成，姓名、证件号码、手机号码都是虚构的，
日期和摘要是示例；印章只留位置，系统从不绘制公章。改了规则集或版式以后重新运行它，本页随之更新。

申报表的版式写在规则集的 `papers` 里：`layout_from = "notice"` 的与通知所附表格的栏目、次序、合并格和意见栏一致；
`layout_from = "own"` 的，通知只提到名称、只有填表说明，或者没有这张表，由本规则集按通知的文字设计。公示和表彰决定按
GB/T 9704—2012 排版，名单按姓氏笔画排列（规则要求公布名次的，按名次）。证书的式样、颜色和文字由规则集选定，通知没有规定式样的，标为自定。
一张表一个文件，打印前的页面说明份数、纸张、翻转方式和盖章处；对开折叠的表已经拼好页，双面打印后对折。
"""
WHOSE: Final = {"notice": "通知所附表格的版式", "own": "通知没有给出版式，按通知的文字设计"}
SIZES: Final = {"A4": "A4", "A4-landscape": "A4 横向", "A3-folded": "A3 对折"}


def page(codes: Sequence[str]) -> str:
    """`docs/papers.md`: whose each layout is, and what it looks like."""
    parts = [HEAD]
    for code in codes:
        rules = loader.load_builtin(code)
        parts.append(f"\n## {rules.name}\n\n{rules.basis.document}《{rules.basis.title}》（`{code}`）\n")
        shown = [
            (
                f"form-{paper.id}" if n else "form",
                f"{paper.title}（{SIZES[paper.size]}，{f'一式{paper.copies}份' if paper.copies > 1 else '一份'}）：{WHOSE[paper.layout_from]}",
            )
            for n, paper in enumerate(form_papers(rules))
        ]
        shown += [("notice", "公示（GB/T 9704）"), ("decision", "表彰决定（GB/T 9704）")]
        shown += [
            (
                f"certificate-{rule.id}" if n else "certificate",
                f"证书：{rule.label}，{DESIGNS[rule.certificate.design].label}式样",
            )
            for n, rule in enumerate(rule for rule in rules.awards if rule.certificate)
            if rule.certificate
        ]
        parts += [
            f"\n{words}\n\n![{words}](papers/{code}-{name}.png)\n"
            for name, words in shown
            if (OUT / f"{code}-{name}.png").exists()
        ]
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("codes", nargs="*")
    OUT.mkdir(parents=True, exist_ok=True)
    named = parser.parse_args().codes
    for code in named or loader.builtin_codes():
        for name, pdf in papers(loader.load_builtin(code)):
            target = OUT / f"{code}-{name}.png"
            target.write_bytes(small(sheet(pages(pdf))))
            print(f"{target.relative_to(ROOT)} {target.stat().st_size // 1024} KB")
    if not named:
        (ROOT / "docs" / "papers.md").write_text(page(loader.builtin_codes()), encoding="utf-8")


if __name__ == "__main__":
    main()
