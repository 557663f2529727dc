"""`manage.py` where a picture whose name has "deadly" in it ends the process as the kernel would.

`python -m tests.deadly COMMAND`; "slow" in a name makes for a second of reading.
"""

import os
import runpy
import signal
import sys
import time

from shared import batch

answer = batch.answer


def deadly(source: str, data: bytes) -> batch.Answer:
    if "slow" in source:
        time.sleep(1)
    if "deadly" in source:
        time.sleep(0.2)  # others are being read by now
        os.kill(os.getpid(), signal.SIGKILL)
    return answer(source, data)


if __name__ == "__main__":
    setattr(batch, "answer", deadly)  # noqa: B010
    sys.path.insert(0, "infra/vm")
    runpy.run_path("infra/vm/manage.py", run_name="__main__")
