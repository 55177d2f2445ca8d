"""How a private file leaves the house, once a view has judged who may have it."""

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath
from tempfile import TemporaryFile
from urllib.parse import quote
from zipfile import ZipFile

from django.http import FileResponse, Http404, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from documents.models import StoredFile
from documents.paper.render import safe_name

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png"})


def attachment(stored: StoredFile) -> FileResponse:
    """The file for saving. Its type is never taken at its word: nothing opens inside the site."""
    _require_bytes(stored)
    response = FileResponse(
        stored.file.open("rb"), as_attachment=True, filename=stored.name, content_type="application/octet-stream"
    )
    return _sealed(response)


def inline(stored: StoredFile) -> FileResponse:
    """The file for looking at, in a sandbox: only the passive types; any other is an attachment."""
    if stored.content_type not in SHOWN_INLINE:
        return attachment(stored)
    _require_bytes(stored)
    response = FileResponse(stored.file.open("rb"), filename=stored.name, content_type=stored.content_type)
    return _sealed(response)


def _require_bytes(stored: StoredFile) -> None:
    if stored.is_gone(timezone.now()):
        raise Http404("文件已过下载期限或已按规定删除，请重新生成")


def archive(files: Iterable[StoredFile], *, name: str) -> FileResponse:
    """Several files as one ZIP for saving, each under its own name; names that repeat are numbered."""
    packed = TemporaryFile()  # noqa: SIM115 - the response closes it
    taken: Counter[str] = Counter()
    with ZipFile(packed, "w") as archive_file:  # PDFs are compressed already
        for stored in files:
            if stored.is_gone(timezone.now()):
                continue
            taken[stored.name] += 1
            path = PurePath(stored.name)
            again = f"{path.stem}({taken[stored.name]}){path.suffix}" if taken[stored.name] > 1 else stored.name
            with stored.file.open("rb") as source, archive_file.open(again, "w") as target:
                shutil.copyfileobj(source, target)
    packed.seek(0)
    return _sealed(FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip"))


def paper(content: bytes, name: str, *, shown: bool = False) -> HttpResponse:
    """A PDF that was set just now: for saving, or `shown` in the browser. It is kept by nobody on the way."""
    response = HttpResponse(content, content_type="application/pdf")
    header = content_disposition_header(as_attachment=not shown, filename=f"{name}.pdf")
    response["Content-Disposition"] = header or "inline"
    response["Cache-Control"] = "private, no-store"
    return response


def sheet(content: bytes, name: str) -> HttpResponse:
    """A workbook that was filled just now, for saving."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(safe_name(name))}.xlsx"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _sealed(response: FileResponse) -> FileResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
