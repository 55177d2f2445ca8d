"""A provider of identities on this machine: OpenID Connect (discovery, code, token, userinfo) and the three addresses of WeChat's
web sign-in, over real HTTP, for one invented person each.
"""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "jiangxuan", "invented-secret"


@dataclass
class Provider:
    """`refuses`: the person says no. What was asked stands in `asked`."""

    origin: str = ""
    subject: str = "invented-subject"
    nickname: str = "赵建国"
    refuses: bool = False
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, query: dict[str, str], form: dict[str, str], authorization: str) -> tuple[int, Any]:
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.origin,
                    "authorization_endpoint": f"{self.origin}/authorize",
                    "token_endpoint": f"{self.origin}/token",
                    "userinfo_endpoint": f"{self.origin}/userinfo",
                    "jwks_uri": f"{self.origin}/jwks",
                    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                }
            case "/authorize" if query["client_id"] == CLIENT:
                return self._back(query)
            case "/connect/qrconnect" if query["appid"] == CLIENT:
                return self._back(query)
            case "/token" if authorization == f"Basic {CLIENT}:{SECRET}" and form["code"] == "a-code":
                return 200, {"access_token": "a-token", "token_type": "Bearer", "id_token": self._id_token()}
            case "/userinfo" if authorization == "Bearer a-token":
                return 200, {"sub": self.subject, "name": self.nickname}
            case "/sns/oauth2/access_token" if (form["appid"], form["secret"], form["code"]) == (
                *(CLIENT, SECRET, "a-code"),
            ):
                return 200, {"access_token": "a-token", "expires_in": 7200, "openid": self.subject}
            case "/sns/userinfo" if (query["access_token"], query["openid"]) == ("a-token", self.subject):
                return 200, {"openid": self.subject, "nickname": self.nickname}
        return 400, {"error": "invalid_request"}

    def _back(self, query: dict[str, str]) -> tuple[int, str]:
        result = {"error": "access_denied"} if self.refuses else {"code": "a-code"}
        return 302, f"{query['redirect_uri']}?{urlencode({**result, 'state': query['state']})}"

    def _id_token(self) -> str:
        now = datetime.now(UTC)
        claims = {"iss": self.origin, "aud": CLIENT, "sub": self.subject, "iat": now, "exp": now + timedelta(minutes=5)}
        return jwt.encode(claims, rsa.generate_private_key(65537, 2048), algorithm="RS256")


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that listens on a free port until the test ends."""
    served = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve({})

        def do_POST(self) -> None:
            self._serve(_flat(self.rfile.read(int(self.headers["Content-Length"])).decode()))

        def _serve(self, form: dict[str, str]) -> None:
            asked = urlsplit(self.path)
            status, found = served.answer(asked.path, _flat(asked.query), form, _plain(self.headers["Authorization"]))
            body = b"" if status == 302 else json.dumps(found, ensure_ascii=False).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", found)
            # WeChat says of its JSON that it is plain text
            self.send_header("Content-Type", "text/plain" if asked.path.startswith("/sns/") else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def _plain(authorization: str | None) -> str:
    """Basic credentials as they read."""
    kind, _, value = (authorization or "").partition(" ")
    return f"Basic {b64decode(value).decode()}" if kind == "Basic" else f"{kind} {value}"
