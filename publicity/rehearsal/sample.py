"""The papers that invented people hand in: small real files, marked as samples."""

import io

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from documents.paper.official import OfficialDocument, Paragraph, notice_pdf


def photo(n: int) -> ContentFile[bytes]:
    """A portrait of nobody: a plain ground and a silhouette whose shade differs a little from person to person."""
    image = Image.new("RGB", (413, 579), (214, 222, 230))
    draw, shade = ImageDraw.Draw(image), (70 + n * 7 % 60, 90 + n * 5 % 50, 110)
    draw.ellipse((126, 110, 286, 310), fill=shade)
    draw.ellipse((46, 340, 366, 800), fill=shade)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return ContentFile(out.getvalue(), name="照片.jpg")


def proof(label: str) -> bytes:
    """One page that says which paper it stands for."""
    return notice_pdf(OfficialDocument(title=f"{label}（示例）", body=(Paragraph("演练用的示例材料，不是真实证明。"),)))
