"""Start-up does not pay for what the first request that needs it loads."""

from __future__ import annotations

import subprocess
import sys


def test_neither_botocore_nor_google_auth_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys\n"
        "import miavo_gateway.upstream.authorization\n"
        "heavy = {'botocore', 'google.auth', 'google.oauth2', 'urllib3', 'cryptography'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"
