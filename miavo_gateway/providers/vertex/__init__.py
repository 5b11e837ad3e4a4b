"""Google Cloud's Vertex AI: its addresses and its credentials; the rest is as at the Gemini API.

Facts: google-genai 3.4.0 (`_api_client.py`, `models.py`), google-auth 2.62.2, litellm 1.109.1.
"""

from __future__ import annotations

from miavo_gateway.providers.gemini import LIMITS
from miavo_gateway.providers.vertex.adapter import VertexAdapter

__all__ = ["LIMITS", "VertexAdapter"]
