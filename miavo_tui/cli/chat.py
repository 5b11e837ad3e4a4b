"""`miavo chat SLUG PROMPT`: one turn in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from miavo_tui.app_key import ensure
from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway
from miavo_tui.client import GatewayClient, GatewayRefused, LoadingNotice, TextDelta, UsageRow
from miavo_tui.plain_text import printable

__all__ = ["chat"]

_HINT_OF_THE_API = "GET /v1/models"


@click.command()
@click.argument("slug")
@click.argument("prompt")
@click.option("--system", metavar="TEXT", help="Instructions for the model.")
@click.option(
    "--max-tokens", type=click.IntRange(min=1), metavar="N", help="The most tokens to generate."
)
@home_option
@json_option
def chat(
    slug: str,
    prompt: str,
    system: str | None,
    max_tokens: int | None,
    home: Path | None,
    *,
    as_json: bool,
) -> None:
    """Ask a model and print its reply as it comes. PROMPT '-' reads standard input."""
    text = sys.stdin.read() if prompt == "-" else prompt
    messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": text})
    body: dict[str, object] = {"model": slug, "messages": messages}
    if max_tokens is not None:
        body["max_tokens"] = max_tokens

    async def ask(client: GatewayClient, home_path: Path) -> tuple[str, UsageRow]:
        client.api_key = await ensure(client, home_path)
        reply: list[str] = []
        stream = client.chat(body)
        async with stream:
            async for part in stream:
                if isinstance(part, TextDelta):
                    reply.append(part.text)
                    if not as_json:
                        click.echo(printable(part.text), nl=False)
                        sys.stdout.flush()
                elif isinstance(part, LoadingNotice):
                    click.echo(f"loading {part.what}…", err=True)
        assert stream.request_id is not None, "every answer of a gateway carries its id"
        return "".join(reply), await client.usage.row(stream.request_id)

    async def ask_or_hint(client: GatewayClient, home_path: Path) -> tuple[str, UsageRow]:
        try:
            return await ask(client, home_path)
        except GatewayRefused as error:
            if error.param != "model":
                raise
            said = error.message.replace(_HINT_OF_THE_API, "'miavo models'")
            raise click.ClickException(said) from None

    reply, row = with_gateway(home, ask_or_hint)
    if as_json:
        print_json(
            {
                "model": row.slug,
                "content": reply,
                "finish_reason": row.finish_reason,
                "prompt_tokens": row.prompt_tokens,
                "completion_tokens": row.output_tokens,
                "cost_usd": row.cost_usd,
                "request_id": row.request_id,
            }
        )
        return
    click.echo()
