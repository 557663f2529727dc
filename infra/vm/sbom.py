"""Write the image's bill of materials, CycloneDX JSON: the distribution's and Python's packages.

    python sbom.py PACKAGES.tsv PYTHON > sbom.cdx.json

PACKAGES.tsv is what dpkg-query lists: name, version, architecture. Needs cyclonedx-bom.
"""

import json
import platform
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote


def debian(line: str, distribution: str) -> dict[str, str]:
    """One package of the distribution as a CycloneDX component."""
    name, version, architecture = line.split("\t")
    purl = f"pkg:deb/{distribution}/{quote(name)}@{quote(version)}?arch={architecture}"
    return {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}


def main(packages: str, python: str) -> None:
    """Add the distribution's packages to what cyclonedx-py finds."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--of", "JSON", python]
    bill = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
    release = platform.freedesktop_os_release()
    lines = Path(packages).read_text().splitlines()
    bill["components"] += [debian(line, release["ID"]) for line in lines]
    bill["components"].append(
        {
            "type": "operating-system",
            "name": release["ID"],
            "version": release["VERSION_ID"],
            "bom-ref": "operating-system",
        }
    )
    json.dump(bill, sys.stdout, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
