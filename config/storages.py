from typing import NoReturn

from django.core.files.storage import FileSystemStorage


class PrivateFileStorage(FileSystemStorage):
    """A folder whose files have no address, only a view that asks for permission first.

    Django would fall back to MEDIA_URL and hand out a path that can be guessed.
    """

    def url(self, name: str | None) -> NoReturn:
        raise ValueError(f"{name} is not accessible via a URL.")
