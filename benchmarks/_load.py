"""A load generator light enough not to be the bottleneck: one thread, many kept connections, requests made beforehand."""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

AT_ONCE: Final = 1 << 16


@dataclass
class Load:
    """What came of it: answers by status and the seconds that each took."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


@dataclass
class _Line:
    """One connection and the request that is under way on it."""

    port: int
    connection: socket.socket | None = None
    answer: bytes = b""
    sent: float = 0.0

    def send(self, request: bytes) -> socket.socket:
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port))
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer, self.sent = b"", time.perf_counter()
        self.connection.sendall(request)
        return self.connection

    def whole(self) -> bool:
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not found:
            return False
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return len(body) >= int(length or b"0")

    def end(self) -> int:
        if b"\r\nconnection: close" in self.answer.lower() and self.connection is not None:
            self.connection.close()
            self.connection = None
        return int(self.answer[9:12])


def load(port: int, requests: Iterable[bytes], *, connections: int) -> Load:
    """Send every request once, each line the next one when the last is answered."""
    made, waiting = Load(), selectors.DefaultSelector()
    todo: Iterator[bytes] = iter(requests)
    started = time.perf_counter()

    def go_on(line: _Line) -> None:
        request = next(todo, None)
        if request is not None:
            waiting.register(line.send(request), selectors.EVENT_READ, line)

    lines = [_Line(port) for _ in range(connections)]
    for line in lines:
        go_on(line)
    while waiting.get_map():
        for key, _events in waiting.select():
            line, connection = key.data, line_of(key)
            part = connection.recv(AT_ONCE)
            if not part:
                raise RuntimeError(f"the server hung up after {line.answer!r}")
            line.answer += part
            if line.whole():
                waiting.unregister(connection)
                made.latencies.append(time.perf_counter() - line.sent)
                made.statuses[line.end()] += 1
                go_on(line)
    made.seconds = time.perf_counter() - started
    for line in lines:
        if line.connection is not None:
            line.connection.close()
    return made


def line_of(key: selectors.SelectorKey) -> socket.socket:
    assert isinstance(key.fileobj, socket.socket)
    return key.fileobj
