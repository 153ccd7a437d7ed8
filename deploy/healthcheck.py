"""`python -m deploy.healthcheck URL`: exit code 0 when the address answers 200, else 1 and what it answered."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

TIMEOUT_S = 8.0


def main() -> int:
    """The command."""
    url = sys.argv[1]
    # Straight to the address: a proxy set for the server is not for this.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=TIMEOUT_S) as answer:
            return int(answer.status != 200)
    except urllib.error.HTTPError as error:
        print(f"{error.code}: {error.read(2000).decode(errors='replace')}")
    except OSError as error:
        print(f"no answer: {error}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
