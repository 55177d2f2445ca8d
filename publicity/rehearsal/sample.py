"""The papers that invented people hand in: small real files, marked as samples."""

import io

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFont

from documents.paper import fonts
from documents.paper.official import OfficialDocument, Paragraph, notice_pdf

WORDS = "演练用的示例材料，不是真实证明。"


def photo(n: int) -> ContentFile[bytes]:
    """A portrait of nobody: a plain ground and a silhouette whose shade differs a little from person to person."""
    image = Image.new("RGB", (413, 579), (214, 222, 230))
    draw, shade = ImageDraw.Draw(image), (70 + n * 7 % 60, 90 + n * 5 % 50, 110)
    draw.ellipse((126, 110, 286, 310), fill=shade)
    draw.ellipse((46, 340, 366, 800), fill=shade)
    return ContentFile(_jpeg(image), name="照片.jpg")


def proof(label: str) -> bytes:
    """One page that says which paper it stands for."""
    return notice_pdf(OfficialDocument(title=f"{label}（示例）", body=(Paragraph(WORDS),)))


def snapshot(label: str) -> bytes:
    """The same as people who have no scanner hand it in: taken with a telephone."""
    image = Image.new("RGB", (620, 877), (250, 249, 244))
    draw = ImageDraw.Draw(image)
    draw.rectangle((24, 24, 596, 853), outline=(150, 60, 50), width=3)
    title = f"{label}（示例）"
    for text, y, size in ((title, 180, min(36, 520 // len(title))), (WORDS, 320, 24)):
        draw.text((310, y), text, fill=(30, 30, 30), font=_font(text, size), anchor="mm")
    return _jpeg(image)


def _font(text: str, size: int) -> ImageFont.FreeTypeFont:
    part = fonts.face_for(text, fonts.Role.SONG).parts[0]
    return ImageFont.truetype(str(part.path), size, index=part.index)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
