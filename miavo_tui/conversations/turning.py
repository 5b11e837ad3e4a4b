"""Which of the prompts and replies that stand beside each other are in view."""

from __future__ import annotations

from miavo_tui.conversations.reading import ConversationReader
from miavo_tui.conversations.records import Reply, Turn

__all__ = ["ConversationTurner"]


class ConversationTurner(ConversationReader):
    """Turns to another reply, to another version of a prompt, or to one model of several."""

    async def turn_to_reply(self, reply: Reply, by: int) -> Reply | None:
        """Shows the reply of the same lane that was given so many earlier or later.

        Args:
            reply: the one shown now.
            by: -1 for the one before it, 1 for the one after it.

        Returns:
            What is shown now; None when there is none.
        """
        rows = await self._file.all(
            "SELECT id FROM replies WHERE turn_id = ? AND lane = ? ORDER BY id",
            (reply.turn_id, reply.lane),
        )
        place = reply.number - 1 + by
        if not 0 <= place < len(rows):
            return None
        await self._file.write(
            "UPDATE replies SET turned = 1 + (SELECT max(turned) FROM replies AS own"
            " WHERE own.turn_id = replies.turn_id) WHERE id = ?",
            (rows[place]["id"],),
        )
        turn = await self.turn(reply.turn_id)
        return next(each for each in turn.lanes if each.lane == reply.lane)

    async def turn_to_version(self, turn: Turn, by: int) -> bool:
        """Brings the version of a turn into view that was written so many earlier or later.

        Returns:
            Whether there is one; the path goes on from it as it did when it was in view last.
        """
        rows = await self._file.all(
            "SELECT id FROM turns WHERE conversation_id = ? AND parent_id IS ? ORDER BY id",
            (turn.conversation_id, turn.parent_id),
        )
        place = turn.version - 1 + by
        if not 0 <= place < len(rows):
            return False
        await self.bring_into_view(rows[place]["id"])
        return True

    async def bring_into_view(self, turn_id: int) -> None:
        """Makes the path go through a turn, and on from it to what was said last."""
        await self._file.write(
            "UPDATE conversations SET leaf_id = ("
            " WITH RECURSIVE below (id) AS (SELECT ?1 UNION ALL"
            " SELECT turns.id FROM below JOIN turns ON turns.parent_id = below.id)"
            " SELECT max(id) FROM below)"
            " WHERE id = (SELECT conversation_id FROM turns WHERE id = ?1)",
            (turn_id,),
        )

    async def choose_lane(self, turn: Turn, lane: int) -> None:
        """Goes on from one of the models asked side by side, on the path up to a turn."""
        path = await self._path(turn.id, -1)
        undecided = [
            each.id
            for each in path
            if each.lane is None and any(reply.lane == lane for reply in each.lanes)
        ]
        async with self._file.transaction() as connection:
            await connection.executemany(
                "UPDATE turns SET lane = ? WHERE id = ?", [(lane, each) for each in undecided]
            )
