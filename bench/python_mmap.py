"""The rival of bench/shared_file.ts: the same searches with Python's mmap.

    python3 bench/python_mmap.py METHOD NEEDLE PASSES FILE

Maps the file and looks for a needle (in hexadecimal digits) all over it. Prints the seconds of mapping
and first search, those of the fastest of PASSES more, and what was found.
"""

import mmap
import sys
import time


def main():
    method, needle, passes, path = sys.argv[1:]
    needle = bytes.fromhex(needle)
    with open(path, "rb") as file:
        started = time.perf_counter()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        search = getattr(mapped, method)
        offset = search(needle, 0)
        first = time.perf_counter() - started
    again = min(seconds_of(search, needle) for _ in range(int(passes)))
    print(first, again, offset)


def seconds_of(search, needle):
    started = time.perf_counter()
    search(needle, 0)
    return time.perf_counter() - started


main()
