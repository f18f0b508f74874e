"""Tables of what stands beside tasks and runs. Each constant is one step of the schema."""

from __future__ import annotations

SECRETS = (
    """
    CREATE TABLE secrets (
        project TEXT NOT NULL,           -- "" for all projects of the domain
        domain TEXT NOT NULL,            -- "" for all domains
        name TEXT NOT NULL,
        type INTEGER NOT NULL,
        sealed BLOB NOT NULL,            -- the value, encrypted
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (project, domain, name)
    ) WITHOUT ROWID
    """,
)
