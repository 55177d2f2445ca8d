"""The shape of what the office writes about a titled person."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from publicity.services.gallery import GalleryText

LINKS = 5


class GalleryForm(forms.Form):
    headline = forms.CharField(label="一句话介绍", max_length=60, required=False)
    story = forms.CharField(
        label="事迹",
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="一段一行；身份证号码和手机号码会自动遮去",
    )
    links = forms.CharField(
        label="视频链接",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=f"一行一个，先写说明，空一格写 https:// 开头的网址，至多 {LINKS} 个；只作链接，不嵌入其他网站的内容",
    )

    def clean_links(self) -> tuple[tuple[str, str], ...]:
        found = []
        for line in self.cleaned_data["links"].splitlines():
            if not line.strip():
                continue
            label, _, url = line.strip().rpartition(" ")
            try:
                URLValidator(schemes=["https"])(url)
            except ValidationError:
                raise ValidationError(f"“{line.strip()}”不是说明加 https:// 开头的网址") from None
            found.append((label.strip() or urlsplit(url).hostname or "视频", url))
        if len(found) > LINKS:
            raise ValidationError(f"视频链接至多 {LINKS} 个")
        return tuple(found)

    def text(self) -> GalleryText:
        return GalleryText(self.cleaned_data["headline"], self.cleaned_data["story"], self.cleaned_data["links"])

    @staticmethod
    def initial_of(words: dict[str, Any]) -> dict[str, str]:
        links = "\n".join(f"{label} {url}" for label, url in words.get("links", []))
        return {"headline": words.get("headline", ""), "story": words.get("story", ""), "links": links}


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label="照片",
        widget=forms.FileInput(attrs={"accept": ".jpg,.jpeg,.png"}),
        help_text="JPG 或 PNG，不超过 10 MB；拍摄地点等信息会自动去除",
    )
    caption = forms.CharField(label="照片说明", max_length=60, required=False)
