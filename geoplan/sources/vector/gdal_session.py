"""GDAL sessions: reading with the network off, and with GDAL's messages collected instead of printed."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# GDAL has no switch for its network access. A proxy that nobody answers at has the same effect, as
# long as no exception from the proxy applies: those are taken out of the environment meanwhile.
_NOWHERE = "127.0.0.1:9"
OFFLINE = {
    "GDAL_HTTP_PROXY": _NOWHERE,
    "GDAL_HTTPS_PROXY": _NOWHERE,
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "LIBKML_EXTERNAL_STYLE": "NO",
    "LIBKML_RESOLVE_STYLE": "NO",
    "GDAL_ALLOW_REMOTE_RESOURCE_TO_ACCESS_LOCAL_FILE": "NO",
    "ALLOW_VIRTUAL_OGR_FROM_TRIGGER_AND_VIEW": "NO",
}
"""Options of GDAL that turn its network off, and what opens other files."""

_PROXY_EXCEPTIONS = ("no_proxy", "NO_PROXY")


class _Offline:
    """Counts who reads: the first turns the network off, the last restores what was set before.

    GDAL's options and the environment belong to the whole process, so threads that read at the same
    time must share one state.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers = 0
        self._options: dict[str, Any] = {}
        self._environment: dict[str, str] = {}

    def __enter__(self) -> None:
        import pyogrio

        with self._lock:
            if self._readers == 0:
                self._options = {name: pyogrio.get_gdal_config_option(name) for name in OFFLINE}
                self._environment = {
                    name: os.environ.pop(name) for name in _PROXY_EXCEPTIONS if name in os.environ
                }
                pyogrio.set_gdal_config_options(OFFLINE)
            self._readers += 1

    def __exit__(self, *_: object) -> None:
        import pyogrio

        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                pyogrio.set_gdal_config_options(self._options)
                os.environ.update(self._environment)


_offline = _Offline()


@contextmanager
def gdal_session() -> Iterator[list[str]]:
    """Read by GDAL with its network off; yield a list that holds its messages, each once, when the block ends.

    GDAL may complain in bytes that are not UTF-8, of a damaged file for example. Python would print that as an
    ignored traceback; it is dropped, because the error that follows says what is wrong.
    """
    messages: list[str] = []
    before = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if unraisable.exc_type is not UnicodeDecodeError:
            before(unraisable)

    with _offline, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sys.unraisablehook = hook
        try:
            yield messages
        finally:
            sys.unraisablehook = before
            messages += dict.fromkeys(str(warning.message) for warning in caught)


def fiona_offline() -> Any:
    """Return an environment for fiona with the network off; fiona has a GDAL of its own."""
    import fiona

    return fiona.Env(**OFFLINE)
