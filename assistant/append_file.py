"""Adds to the end of a file on disk: all that was to be added, or nothing of it."""

from __future__ import annotations

import contextlib
import errno
import os


def append(descriptor: int, data: bytes) -> int:
    """Write `data` at the end of an open file and wait until it is on the disk. Returns the file's size in bytes then.

    Raises OSError; what was cut short by a full disk is taken back before.
    """
    size = os.fstat(descriptor).st_size
    try:
        if os.write(descriptor, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, size)
        raise
    return size + len(data)
