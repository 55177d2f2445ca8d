"""Asks the web process whether it answers, under the host name that it serves."""

import os
import urllib.request
from urllib.parse import urlsplit

request = urllib.request.Request(
    "http://127.0.0.1:8000/health/live/", headers={"Host": urlsplit(os.environ["SITE_URL"]).netloc}
)
with urllib.request.urlopen(request, timeout=4):
    pass
