import contextlib
import socket


def free_port(wanted: int = 0) -> int:
    """Return the wanted loopback port when it is free, else one that the kernel picks."""
    if wanted:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", wanted))
            return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
