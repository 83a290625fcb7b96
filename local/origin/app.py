"""The proxy as a Starlette application."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import websockets
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from infra_cdk.site import cache_control, content_security_policy
from local.origin.routes import NotDeployedError, Routes

# What API Gateway accepts in one request.
_MAX_BODY_BYTES = 10 * 1024 * 1024

# A proxy's own business (RFC 9110, 7.6.1), never passed on.
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade"}
_HOP_BY_HOP |= {"transfer-encoding", "host", "content-length"}

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

_REQUEST_ID = "x-request-id"


def application(routes: Routes, site: Path) -> Starlette:
    """The origin over these routes, with the built site in `site` (`docs/`, and `index.html` once there is an SPA)."""
    client = httpx.AsyncClient(timeout=httpx.Timeout(60), limits=httpx.Limits(max_connections=200))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    def to(address: Callable[[str], str]) -> Callable[[Request], Awaitable[Response]]:
        async def forward(request: Request) -> Response:
            return await _forward(client, request, address(request.scope["raw_path"].decode("ascii")))

        return forward

    policy = content_security_policy([routes.gateway])

    async def page(request: Request) -> Response:
        response = _page(site, request.url.path)
        response.headers["Content-Security-Policy"] = policy
        response.headers["Cache-Control"] = cache_control(request.url.path.lstrip("/"))
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def told_to_the_site(_: Request) -> Response:
        return JSONResponse(routes.site(), headers={"Cache-Control": cache_control("config.json")})

    async def socket(browser: WebSocket) -> None:
        await _join(browser, routes.socket(browser.url.path) + (f"?{browser.url.query}" if browser.url.query else ""))

    return Starlette(
        routes=[
            Route("/origin/health", lambda _: JSONResponse({"status": "ok"})),
            Route("/api/{path:path}", to(routes.rest), methods=_METHODS),
            Route("/oauth2/{path:path}", to(routes.cognito), methods=_METHODS),
            Route("/login", to(routes.cognito), methods=_METHODS),
            Route("/logout", to(routes.cognito), methods=_METHODS),
            Route("/{pool}/.well-known/{document}", to(routes.cognito)),
            WebSocketRoute("/ws", socket),
            Route("/config.json", told_to_the_site),
            Route("/{path:path}", page),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_identified)],
        exception_handlers={NotDeployedError: _unavailable, httpx.TransportError: _unavailable},
        lifespan=lifespan,
    )


async def _identified(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """Every answer names its request, by the caller's name for it when there is one."""
    name = request.headers.get(_REQUEST_ID)
    if name is None:
        name = str(uuid.uuid4())
        request.scope["headers"].append((_REQUEST_ID.encode(), name.encode()))
    response = await answer(request)
    response.headers.setdefault(_REQUEST_ID, name)
    return response


def _unavailable(_: Request, error: Exception) -> Response:
    return JSONResponse(
        {"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": str(error)},
        status_code=503,
        media_type="application/problem+json",
    )


async def _forward(client: httpx.AsyncClient, request: Request, address: str) -> Response:
    if int(request.headers.get("content-length") or 0) > _MAX_BODY_BYTES:
        return JSONResponse({"message": "Request Too Long"}, status_code=413)
    headers = [(name, value) for name, value in request.headers.items() if name not in _HOP_BY_HOP]
    headers.append(("x-forwarded-for", request.client.host if request.client else "127.0.0.1"))
    headers.append(("x-forwarded-proto", request.url.scheme))
    body = await request.body()
    upstream = await client.send(
        client.build_request(
            request.method,
            address + (f"?{request.url.query}" if request.url.query else ""),
            headers=headers,
            content=body or None,
        ),
        stream=True,
    )
    response = StreamingResponse(_content(upstream), upstream.status_code)
    response.raw_headers = [
        (name.lower(), value)
        for name, value in upstream.headers.raw
        if name.lower().decode("latin-1") not in _HOP_BY_HOP - {"content-length"}
    ]
    return response


async def _content(upstream: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in upstream.aiter_raw():
            yield chunk
    finally:
        await upstream.aclose()


def _page(site: Path, path: str) -> Response:
    """A file of the site; a path without a suffix is one of the application's own pages, as at the edge."""
    wanted = (site / path.lstrip("/")).resolve()
    if not wanted.is_relative_to(site.resolve()):
        return Response(status_code=404)
    for candidate in (wanted, wanted / "index.html"):
        if candidate.is_file():
            return FileResponse(candidate)
    application_page = site / "index.html"
    if not wanted.suffix and application_page.is_file():
        return FileResponse(application_page)
    if path == "/":
        return RedirectResponse("/docs/")
    return Response("not found", status_code=404, media_type="text/plain")


async def _join(browser: WebSocket, address: str) -> None:
    """Carry messages both ways until either side leaves."""
    try:
        async with websockets.connect(address) as upstream:
            await browser.accept()

            async def down() -> None:
                async for message in upstream:
                    await (browser.send_text(message) if isinstance(message, str) else browser.send_bytes(message))

            async def up() -> None:
                async for message in browser.iter_text():
                    await upstream.send(message)

            tasks = [asyncio.create_task(down()), asyncio.create_task(up())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
    except (OSError, websockets.WebSocketException):
        pass
    with contextlib.suppress(RuntimeError):
        await browser.close()
