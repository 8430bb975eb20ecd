"""HTTP in and out. Out: ``client`` (the one door to aiohttp) and ``internal`` (calls to our own services). In: what
stands in front of every application (``inbound``, ``probes``) and the server under it (``uvicorn_server``).
"""

from tertulia.platform.http.client import Broken, ConnectFailed, HttpClient, HttpFailure, HttpStream, Response, TimedOut
from tertulia.platform.http.inbound import ClientLeft, LimitBody, read_body
from tertulia.platform.http.internal import CallRefused, InternalClient

__all__ = [
    "Broken",
    "CallRefused",
    "ClientLeft",
    "ConnectFailed",
    "HttpClient",
    "HttpFailure",
    "HttpStream",
    "InternalClient",
    "LimitBody",
    "Response",
    "TimedOut",
    "read_body",
]
