"""Whether paper can be printed here: the faces that carry Chinese text."""

from documents.paper.fonts import MissingGlyph, NoFonts, Role, library
from unions.health import Result, register

SAMPLE = "天目工匠认定〇公示"


@register
def fonts() -> Result:
    missing = [role.name for role in Role if _lacks(role)]
    if missing:
        advice = "安装 fonts-noto-cjk 和 fonts-lxgw-wenkai，或在 FONT_DIRS 中指明字体目录"
        return Result("字体", False, f"缺少中文字体：{'、'.join(missing)}", advice)
    return Result("字体", True, "中文字体齐全")


def _lacks(role: Role) -> bool:
    try:
        library().require(SAMPLE, role)
    except (MissingGlyph, NoFonts):
        return True
    return False
