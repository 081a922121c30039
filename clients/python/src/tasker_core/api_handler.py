"""A step handler for HTTP services, which maps their answers as the Rails engine does."""

from __future__ import annotations

import dataclasses
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import Any

from . import documents
from .documents import Json
from .errors import PermanentError, RetryableError
from .handler import StepHandler

#: Another attempt would get the same answer.
PERMANENT_STATUSES = frozenset({400, 401, 403, 404, 422})
#: The server says when it wants another attempt.
BACKOFF_STATUSES = frozenset({429, 503})


@dataclasses.dataclass(frozen=True)
class Response:
    """The answer of a server."""

    status: int
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, in UTF-8; other bytes become U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Json:
        """The body, read as JSON. Raises ValueError if it is none."""
        return documents.loads(self.body.decode("utf-8"))


def check_response(response: Response) -> Response:
    """Returns an answer that is a success, and raises an error for any other.

    200 to 226: success. 429 and 503: :class:`RetryableError` with the header ``Retry-After``. 400, 401, 403, 404 and
    422: :class:`PermanentError` with the ``error_code`` ``HTTP_<status>``. Any other: :class:`RetryableError`, which
    waits as configured.
    """
    status = response.status
    if 200 <= status <= 226:
        return response
    message = f"HTTP status {status}"
    context = {"response_status": status, "response_body": response.text[:10_000].replace("\x00", "\ufffd")}
    code = f"HTTP_{status}"
    if status in PERMANENT_STATUSES:
        raise PermanentError(message, error_code=code, context=context)
    retry_after = response.headers.get("retry-after") if status in BACKOFF_STATUSES else None
    raise RetryableError(message, retry_after=retry_after, error_code=code, context=context)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The engine does not follow redirects either."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follows none: the answer with its status is returned."""


class ApiHandler(StepHandler):
    """The base of handlers that call an HTTP service.

    Write ``process`` with :meth:`request`. The ``handler_config`` can have ``url`` (the base of relative URLs),
    ``params``, ``headers`` and ``timeout_seconds`` (of a connection and of each read; 30).
    """

    def request(
        self,
        method: str,
        url: str = "",
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> Response:
        """Sends a request and returns the answer if it is a success.

        Raises :class:`PermanentError` or :class:`RetryableError` as :func:`check_response` says, and
        :class:`RetryableError` if the server cannot be reached. ``json`` is sent as JSON, ``body`` as it is.
        """
        base = str(self.config.get("url") or "")
        full = urllib.parse.urljoin(base, url) if base else url
        query = urllib.parse.urlencode({**(self.config.get("params") or {}), **(params or {})}, doseq=True)
        if query:
            full += ("&" if urllib.parse.urlsplit(full).query else "?") + query
        if urllib.parse.urlsplit(full).scheme not in ("http", "https"):
            raise PermanentError(f"not an HTTP URL: {full}")
        all_headers = {"Accept": "application/json", **(self.config.get("headers") or {}), **(headers or {})}
        if json is not None:
            body = documents.dumps(json).encode()
            all_headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(full, data=body, headers=all_headers, method=method)
        seconds = timeout if timeout is not None else float(self.config.get("timeout_seconds") or 30)
        return check_response(self.send(request, seconds))

    def send(self, request: urllib.request.Request, timeout: float) -> Response:
        """Sends a request and returns the answer, whatever its status.

        Override it to use another HTTP library, or in tests.
        """
        opener = urllib.request.build_opener(_NoRedirects)
        try:
            with opener.open(request, timeout=timeout) as answer:
                return Response(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Response(error.code, _lower(error.headers), error.read())
        except (OSError, http.client.HTTPException) as error:
            raise RetryableError(f"{type(error).__name__}: {error}", context={"url": request.full_url}) from error

    def results_of_output(self, output: Json) -> Json:
        """The body of a :class:`Response`: as JSON if it is JSON, otherwise as text."""
        if not isinstance(output, Response):
            return output
        try:
            return output.json()
        except ValueError:
            return output.text


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
