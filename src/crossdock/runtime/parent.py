"""How a supervised process learns that its supervisor is gone, even by SIGKILL, on Linux and macOS alike."""

import os
import signal
import threading
import time

# The number of an open pipe whose other end only the supervisor holds, so that it ends when the supervisor does.
PIPE_VARIABLE = "CROSSDOCK_PARENT_PIPE"
GRACE_SECONDS = 10.0


def watch_parent() -> None:
    """End this process in an orderly manner when its supervisor ends; without a supervisor, do nothing."""
    pipe = os.environ.pop(PIPE_VARIABLE, None)
    if pipe is not None:
        os.set_inheritable(int(pipe), False)
        threading.Thread(target=_end_with, args=(int(pipe),), name="watch-parent", daemon=True).start()


def _end_with(pipe: int) -> None:
    while os.read(pipe, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
