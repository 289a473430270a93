"""Which database the tracker store of endpoints.yml means."""

from __future__ import annotations

from typing import Final, Optional

from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.engine import URL

DIALECT: Final = "sqlite"  # where endpoints.yml does not say
FILE: Final = "var/conversations.db"


def url_of(endpoint: EndpointConfig) -> URL | str:
    """The database that the tracker store of endpoints.yml would use, without opening it."""
    said = {"dialect": DIALECT, "db": FILE, **endpoint.kwargs}
    others = (said.get(name) for name in ("username", "password", "query"))
    return make_url(said["dialect"], endpoint.url, said.get("port"), said["db"], *others)


def make_url(
    dialect: str,
    host: Optional[str],
    port: Optional[int],
    db: str,
    username: Optional[str],
    password: Optional[str],
    query: Optional[dict[str, str]],
) -> URL | str:
    """The address of these parts; `host` may be a whole one."""
    if host and "://" in host:
        return host
    return URL.create(
        dialect,
        username=username,
        password=password,
        host=host,
        port=int(port) if port is not None else None,
        database=db,
        query=query or {},
    )
