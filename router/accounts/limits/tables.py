"""What is spent and held, by what it counts against, and the holds of requests under way."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, String, Table

from router.store.database import metadata

limit_windows = Table(
    "limit_windows",
    metadata,
    Column("scope", String(300), primary_key=True),
    Column("window", String(8), primary_key=True),
    Column("starts_at_s", BigInteger, primary_key=True, autoincrement=False),
    Column("requests", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("spent_nano_usd", BigInteger, nullable=False),
    Column("held_nano_usd", BigInteger, nullable=False),
)
"""`tokens` are those of settled requests and the estimates of the others."""

limit_holds = Table(
    "limit_holds",
    metadata,
    Column("request_id", String(36), primary_key=True),
    Column("owner", String(36), nullable=False),
    Column("lease_until_s", Float, nullable=False, index=True),
    Column("released", Boolean, nullable=False),
    Column("amounts", JSON, nullable=False),
)
"""Gone with the outcome. `released`: the lease was over, and what was held has been given back; the
row waits for an outcome that comes after all. `amounts` is a `Hold` (`hold.py`)."""
