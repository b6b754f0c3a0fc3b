"""`/api`: a page that explains the API, from the same schema that programs read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from hub.web.pages.visitor import VisitorHere

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """One request that a program can make."""

    method: str
    path: str
    about: str
    parameters: tuple[Mapping[str, Any], ...]
    answers: Mapping[str, str]
    """HTTP status → what it means."""


@router.get("/api")
async def api_guide(visitor: VisitorHere) -> HTMLResponse:
    schema: Mapping[str, Any] = visitor.request.app.openapi()
    host = str(visitor.request.base_url).rstrip("/")
    about = schema["info"]["description"]
    return visitor.page("api_guide.html", about=about, operations=[*_operations(schema)], host=host)


@router.get("/openapi.json")
async def openapi(request: Request) -> RedirectResponse:
    """Where programs look first."""
    return RedirectResponse(request.app.openapi_url, 308)


def _operations(schema: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield Operation(
                method=method.upper(),
                path=path,
                about=operation.get("description", operation.get("summary", "")),
                parameters=tuple(operation.get("parameters", ())),
                answers={status: answer["description"] for status, answer in operation["responses"].items()},
            )
