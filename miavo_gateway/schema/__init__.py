"""The wire models of the gateway's endpoints."""
