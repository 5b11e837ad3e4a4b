"""Translation to and from each provider. Pure: bytes in, bytes out; no socket, no database."""
