"""Files that are whole or not there at all."""

import contextlib
import os
import secrets
from pathlib import Path

from pellucid.tables import InputError

__all__ = ["check_folder", "write_together"]


def check_folder(path):
    """Refuse a folder that could not be written to, before hours are spent on what goes there."""
    path = Path(path)
    there = next(p for p in (path, *path.absolute().parents) if p.exists())
    if not there.is_dir():
        raise InputError(f"--out {path}: {there} is a file, name a folder")
    if not os.access(there, os.W_OK):
        raise InputError(f"--out {path}: you may not write to {there}, name another folder")


def write_together(writers):
    """``{path: write}``: call every ``write`` with a temporary path, then rename all in place.

    If anything fails, or the user interrupts, nothing of it stays, nor a folder made for it.
    """
    temporary = {}
    made = [_make_folder(Path(path).parent) for path in writers]
    try:
        for path, write in writers.items():
            there = Path(path).with_name(f".{Path(path).name}.{secrets.token_hex(4)}.tmp")
            temporary[there] = path
            write(there)
        for there, path in temporary.items():
            os.replace(there, path)
    finally:
        for there in temporary:
            there.unlink(missing_ok=True)
        for folder in filter(None, made):
            with contextlib.suppress(OSError):  # it holds what was written
                folder.rmdir()


def _make_folder(folder):
    if folder.is_dir():
        return None
    folder.mkdir(parents=True)
    return folder
