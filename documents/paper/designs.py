"""The three designs of a certificate, as data. A design says where things stand and what is drawn behind them."""

from dataclasses import dataclass
from typing import Final

from documents.paper.drawing import Corners, Frame, Fret, Path, Rosette, Shape, Wash, circle, ridge, scroll
from documents.paper.fonts import Role

SHEET: Final = (297.0, 210.0)
"""A4 landscape, mm."""


@dataclass(frozen=True)
class Box:
    """A place on the sheet, mm from the upper left corner."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Design:
    """One look. `vertical_title` sets the title in a column at the right, as on a scroll."""

    code: str
    label: str
    shapes: tuple[Shape, ...]
    title: Box
    edition: Box
    name: Box
    citation: Box
    closing: Box
    seal: Box
    qr: Box
    accent: str
    ink: str
    quiet: str
    title_role: Role = Role.TITLE
    name_role: Role = Role.KAI
    citation_role: Role = Role.KAI
    title_points: float = 54
    name_points: float = 36
    citation_points: float = 18
    vertical_title: bool = False
    name_align: str = "center"


_RED, _GOLD, _PALE = "#B4161B", "#B08A3C", "#F3E7CB"

_SCROLLS: Final = (
    Path(scroll(31.5, 31.5, 6.0, turns=1.7, start=200, hand=1), stroke=_GOLD, width=0.55),
    Path(scroll(45.5, 27.6, 3.9, turns=1.5, start=150, hand=-1), stroke=_GOLD, width=0.5),
    Path(scroll(27.6, 45.5, 3.9, turns=1.5, start=300, hand=1), stroke=_GOLD, width=0.5),
    Path(scroll(55.6, 26.0, 2.4, turns=1.3, start=150, hand=-1), stroke=_GOLD, width=0.45),
    Path(scroll(26.0, 55.6, 2.4, turns=1.3, start=300, hand=1), stroke=_GOLD, width=0.45),
    Path("M 24 68 C 24 50 24 38 24 30 C 24 26 26 24 30 24 C 38 24 50 24 68 24", stroke=_GOLD, width=0.6),
    Path("M 68 24 C 62 24.2 58.4 24.6 57 26.4 M 24 68 C 24.2 62 24.6 58.4 26.4 57", stroke=_GOLD, width=0.45),
)

RED_GOLD: Final = Design(
    code="red-gold",
    label="典雅红金",
    shapes=(
        Wash("#FFFCF4"),
        Rosette(148.5, 108, 62, _PALE, petals=36, rings=6, depth=0.07, width=0.16),
        Frame(7.5, 2.0, _RED),
        Frame(9.8, 0.35, _GOLD),
        Fret(11, 6, 0.38, _GOLD),
        Frame(18.2, 0.35, _GOLD),
        Frame(19.6, 0.8, _RED),
        Corners(_SCROLLS),
        Path("M 92 76.4 L 140 76.4 M 157 76.4 L 205 76.4", stroke=_GOLD, width=0.35),
        Path("M 148.5 73.9 L 152.2 76.4 L 148.5 78.9 L 144.8 76.4 Z", fill=_RED),
        Path(
            "M 155 75.6 L 156.2 76.4 L 155 77.2 L 153.8 76.4 Z M 142 75.6 L 143.2 76.4 L 142 77.2 L 140.8 76.4 Z",
            fill=_GOLD,
        ),
    ),
    edition=Box(48.5, 32, 200, 9),
    title=Box(38.5, 43, 220, 27),
    name=Box(78.5, 83, 140, 17),
    citation=Box(43.5, 104, 210, 41),
    closing=Box(172, 148, 84, 32),
    seal=Box(193, 142.5, 42, 42),
    qr=Box(42, 150.5, 22, 22),
    accent=_RED,
    ink="#2A2320",
    quiet="#8A6A1F",
)

_INK, _MIST = "#1F3A5F", "#6F88A6"

INK_BLUE: Final = Design(
    code="ink-blue",
    label="国风青蓝",
    shapes=(
        Wash("#FBFAF5"),
        Path(circle(196, 48, 19), fill="#F4EBDC"),
        Path(
            ridge(
                [
                    (0, 168),
                    (22, 156),
                    (48, 170),
                    (84, 150),
                    (118, 172),
                    (150, 160),
                    (186, 174),
                    (222, 158),
                    (258, 170),
                    (297, 152),
                ],
                floor=210,
            ),
            fill="#EEF1F1",
        ),
        Path(
            ridge(
                [
                    (0, 178),
                    (34, 188),
                    (66, 172),
                    (104, 190),
                    (140, 178),
                    (176, 190),
                    (214, 176),
                    (250, 188),
                    (280, 172),
                    (297, 178),
                ],
                floor=210,
            ),
            fill="#DFE6EA",
        ),
        Path(
            ridge(
                [(0, 192), (40, 199), (86, 188), (130, 200), (170, 193), (212, 201), (262, 187), (297, 196)], floor=210
            ),
            fill="#C3D0DA",
        ),
        Path("M 164 48 C 176 45 184 50 196 47 C 204 45 212 47 222 46", stroke="#FBFAF5", width=1.3),
        Path("M 172 55 C 182 52 192 58 204 54 C 210 52 216 54 226 53", stroke="#FBFAF5", width=0.9),
        Frame(9, 0.9, _INK, notch=7),
        Frame(11.2, 0.3, _INK, notch=7),
        Path("M 232 34 L 232 176", stroke=_MIST, width=0.25),
        Path("M 233.4 34 L 233.4 176", stroke=_MIST, width=0.12),
        Path(
            "M 232.7 31.2 L 234.1 33 L 232.7 34.8 L 231.3 33 Z M 232.7 175.2 L 234.1 177 L 232.7 178.8 L 231.3 177 Z",
            fill=_INK,
        ),
    ),
    title=Box(238, 34, 28, 140),
    edition=Box(267, 36, 10, 136),
    name=Box(36, 40, 178, 18),
    citation=Box(36, 70, 184, 52),
    closing=Box(134, 130, 84, 32),
    seal=Box(155, 124, 42, 42),
    qr=Box(36, 136, 22, 22),
    accent=_INK,
    ink="#20262E",
    quiet="#4A6078",
    title_role=Role.KAI,
    title_points=62,
    name_points=40,
    vertical_title=True,
    name_align="left",
)

OFFICIAL: Final = Design(
    code="official",
    label="简洁公文",
    shapes=(
        Frame(12, 1.1, "#7A1216"),
        Frame(14.4, 0.3, "#7A1216"),
        Path("M 43.5 81 L 253.5 81", stroke="#7A1216", width=0.9),
        Path("M 43.5 82.6 L 253.5 82.6", stroke="#7A1216", width=0.25),
    ),
    edition=Box(48.5, 31, 200, 10),
    title=Box(38.5, 44, 220, 27),
    name=Box(43.5, 90, 210, 16),
    citation=Box(43.5, 109, 210, 40),
    closing=Box(169.5, 151, 84, 32),
    seal=Box(190.5, 146, 42, 42),
    qr=Box(43.5, 154, 22, 22),
    accent="#7A1216",
    ink="#1F2328",
    quiet="#57606A",
    citation_role=Role.FANG,
    name_role=Role.TITLE,
    name_points=30,
    title_points=50,
    name_align="left",
)

DESIGNS: Final = {design.code: design for design in (RED_GOLD, INK_BLUE, OFFICIAL)}
