"""The rivals of bench/peers.ts that come with Python.

    python3 bench/peers/python_rivals.py (lines | sha256 | crc32) FILE
    python3 bench/peers/python_rivals.py mapped_lines FILE PROCESSES
    python3 bench/peers/python_rivals.py find FILE TEXT

As one writes them in Python: mmap for searches and for several processes, hashlib.file_digest, zlib over blocks of 1 MiB.
"""

import hashlib
import mmap
import multiprocessing
import os
import sys
import zlib

BLOCK_BYTES = 1 << 20


def blocks(path):
    block = bytearray(BLOCK_BYTES)
    view = memoryview(block)
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(block):
            yield view[:count]


def lines(path):
    with open(path, "rb", buffering=0) as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK_BYTES), b""))


def mapped_part(path, start, end):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return sum(
            mapped[at : min(at + BLOCK_BYTES, end)].count(b"\n")
            for at in range(start, end, BLOCK_BYTES)
        )


def mapped_lines(path, processes):
    size, count = os.path.getsize(path), int(processes)
    parts = [(path, size * i // count, size * (i + 1) // count) for i in range(count)]
    with multiprocessing.Pool(count) as pool:
        return sum(pool.starmap(mapped_part, parts))


def sha256(path):
    with open(path, "rb", buffering=0) as file:
        if hasattr(hashlib, "file_digest"):
            return hashlib.file_digest(file, "sha256").hexdigest()
    # Before Python 3.11.
    digest = hashlib.sha256()
    for block in blocks(path):
        digest.update(block)
    return digest.hexdigest()


def crc32(path):
    value = 0
    for block in blocks(path):
        value = zlib.crc32(block, value)
    return f"{value:08x}"


def find(path, text):
    needle, offsets = text.encode(), []
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        offset = mapped.find(needle)
        while offset >= 0:
            offsets.append(offset)
            offset = mapped.find(needle, offset + len(needle))
    return "\n".join(map(str, offsets))


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    rivals = [lines, mapped_lines, sha256, crc32, find]
    print({rival.__name__: rival for rival in rivals}[name](*arguments))
