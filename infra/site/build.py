"""The page for static hosting: `make site API=https://HOST/api` writes infra/site/dist/.

It is static_site/ with the libraries of `make vendor`, the network, the API's address in config.js,
and the headers, which let it call there.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "static_site"
NETWORK = Path("model/digits.onnx")


def build(api: str, target: Path) -> None:
    """Write the page into `target`, in place of what is there.

    Args:
        api: the API's address, as https://HOST/api.

    Raises:
        ValueError: the address is no such one, or config.js has no line to put it in.
    """
    parts = urlsplit(api)
    if not re.fullmatch(r"https://[\w.-]+(:\d+)?(/[\w./-]*)?", api) or not parts.hostname:
        raise ValueError(f"not the address of an API: {api!r}")
    config = (PAGE / "config.js").read_text()
    config, replaced = re.subn(
        r'^export const API = ".*";$', f'export const API = "{api}";', config, flags=re.MULTILINE
    )
    if replaced != 1:
        raise ValueError("config.js does not set API in a line of its own")
    headers = json.loads((HERE / "headers.json").read_text())
    policy = headers["globalHeaders"]["Content-Security-Policy"]
    headers["globalHeaders"]["Content-Security-Policy"] = policy.replace(
        "connect-src 'self'", f"connect-src 'self' {parts.scheme}://{parts.netloc}"
    )
    if target.exists():
        shutil.rmtree(target)
    # Static hosts compress by themselves.
    shutil.copytree(PAGE, target, ignore=shutil.ignore_patterns("*.gz"))
    (target / NETWORK).parent.mkdir()
    shutil.copyfile(ROOT / NETWORK, target / NETWORK)
    (target / "config.js").write_text(config)
    # There is no plain form on static hosting.
    page = (target / "index.html").read_text()
    page = re.sub(r" *<a href=\"/form\">.*?</a>[^<]*", "", page, count=1, flags=re.DOTALL)
    (target / "index.html").write_text(page)
    (target / "staticwebapp.config.json").write_text(json.dumps(headers, indent=2) + "\n")


if __name__ == "__main__":
    try:
        build(sys.argv[1] if len(sys.argv) == 2 else "", HERE / "dist")
    except ValueError as error:
        sys.exit(f"{error}\nusage: python3 infra/site/build.py https://HOST/api")
