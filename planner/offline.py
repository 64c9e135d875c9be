"""The promise that nothing leaves the machine, kept by the process itself.

Libraries that we use can talk to the internet: model hubs, map servers, update checks. Two locks
stand in the way. The hub clients are told to stay offline, and an audit hook refuses every
internet socket that Python code asks for, whoever asks. The hook cannot be removed again, so
only the command line sets it; a program that imports :mod:`planner` decides for itself.
"""

from __future__ import annotations

import os
import socket
import sys

OFFLINE_SETTINGS = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})


def _refuse_internet_sockets(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and arguments[1] in INTERNET:
        raise PermissionError("flaneur opens no internet connection")


def _refuse_connections(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.getaddrinfo"}:
        target = arguments[1] if event != "socket.getaddrinfo" else arguments[0]
        host = target[0] if isinstance(target, tuple) else target
        if host not in {"127.0.0.1", "::1", "localhost", None}:
            raise PermissionError("flaneur opens no internet connection")


def seal() -> None:
    """Close this process to the internet, for good.

    On Windows the standard library builds its local socket pairs from loopback internet sockets,
    so there the connection is refused rather than the socket.
    """
    os.environ.update(OFFLINE_SETTINGS)
    # urllib3 opens an IPv6 socket when it is imported, to see whether the machine has any.
    socket.has_ipv6 = False
    sys.addaudithook(_refuse_connections if sys.platform == "win32" else _refuse_internet_sockets)
