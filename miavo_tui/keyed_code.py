"""An example with a key in it, in place of the variable it reads."""

from __future__ import annotations

__all__ = ["VARIABLE", "with_key"]

VARIABLE = "MIAVO_API_KEY"


def with_key(code: str, language: str, secret: str) -> str:
    """The code with the key itself.

    Args:
        code: an example that reads the variable `MIAVO_API_KEY`.
        language: `curl`, `python` or `typescript`.
        secret: the key; letters, digits and dashes, so it needs no quoting beyond quotes.
    """
    match language:
        case "curl":
            return code.replace(f"${VARIABLE}", secret)
        case "python":
            code = code.replace(f'os.environ["{VARIABLE}"]', f'"{secret}"')
            if "os." not in code:
                code = code.replace("import os\n\n", "", 1).replace("import os\n", "", 1)
            return code
        case _:
            code = code.replace(f"${{process.env.{VARIABLE}}}", secret)
            return code.replace(f"process.env.{VARIABLE}", f"'{secret}'")
