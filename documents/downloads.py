"""How a private file leaves the house, once a view has judged who may have it."""

from django.http import FileResponse

from documents.models import StoredFile

SHOWN_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png"})


def attachment(stored: StoredFile) -> FileResponse:
    """The file for saving. Its type is never taken at its word: nothing opens inside the site."""
    response = FileResponse(
        stored.file.open("rb"), as_attachment=True, filename=stored.name, content_type="application/octet-stream"
    )
    return _sealed(response)


def inline(stored: StoredFile) -> FileResponse:
    """The file for looking at, in a sandbox: only the passive types; any other is an attachment."""
    if stored.content_type not in SHOWN_INLINE:
        return attachment(stored)
    response = FileResponse(stored.file.open("rb"), filename=stored.name, content_type=stored.content_type)
    return _sealed(response)


def _sealed(response: FileResponse) -> FileResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
