"""The command `signsim`, in this process."""

import os
import shutil
import signal
import sys


def main():
    # The command catches its signals itself; what it leaves alone ends it, as it ends any other program.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    from ._signsim import command

    program = os.path.abspath(shutil.which(sys.argv[0]) or sys.argv[0])
    code = command(program, sys.argv[1:])
    # What Rust has printed is out; nothing of Python's is left to print.
    sys.exit(code)
