"""The app's only door to a gateway: its HTTP API, typed, one file for each area of it."""

from __future__ import annotations

from miavo_tui.chat_stream import (
    AudioPiece,
    ChatStream,
    Finished,
    LoadingNotice,
    Part,
    ReasoningDelta,
    TextDelta,
    ToolCallPiece,
)
from miavo_tui.client.gateway_client import GatewayClient
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.key_records import KeyRow, NewKey
from miavo_tui.model_card import Lifecycle, ModelCard, Prices
from miavo_tui.money_records import Balance, LedgerPage, LedgerRow
from miavo_tui.records import EngineState, Examples, GatewayStatus
from miavo_tui.usage_records import UsagePage, UsageRow

__all__ = [
    "AudioPiece",
    "Balance",
    "ChatStream",
    "EngineState",
    "Examples",
    "Finished",
    "GatewayClient",
    "GatewayRefused",
    "GatewayStatus",
    "GatewayUnreachable",
    "KeyRow",
    "LedgerPage",
    "LedgerRow",
    "Lifecycle",
    "LoadingNotice",
    "ModelCard",
    "NewKey",
    "Part",
    "Prices",
    "ReasoningDelta",
    "TextDelta",
    "ToolCallPiece",
    "UsagePage",
    "UsageRow",
]
