"""The path of turns that leads to one of them."""

from __future__ import annotations

__all__ = ["PATH", "VERSIONED_TURNS"]

PATH = """
    WITH RECURSIVE path (id, parent_id, depth) AS (
        SELECT id, parent_id, depth FROM turns WHERE id = ?
        UNION ALL
        SELECT turns.id, turns.parent_id, turns.depth FROM path
        JOIN turns ON turns.id = path.parent_id
        LIMIT ?
    )
"""
"""`path` holds a turn, the one before it and so on. Values: its id, how many at most (-1: all)."""

VERSIONED_TURNS = """
    SELECT turns.*,
        (SELECT count(*) FROM turns AS own WHERE own.conversation_id = turns.conversation_id
            AND own.parent_id IS turns.parent_id) AS versions,
        (SELECT count(*) FROM turns AS own WHERE own.conversation_id = turns.conversation_id
            AND own.parent_id IS turns.parent_id AND own.id <= turns.id) AS version
    FROM path JOIN turns ON turns.id = path.id ORDER BY turns.depth
"""
"""The turns of `path`, the oldest first, each with its number among those that follow the same."""
