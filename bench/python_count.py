"""The rival of bench/find.ts: matches counted by a loop over Python's mmap.find.

    python3 bench/python_count.py NEEDLE FILE

Maps the file and counts where the needle (in hexadecimal digits) occurs, from the left and without overlaps.
"""

import mmap
import sys


def main():
    needle, path = bytes.fromhex(sys.argv[1]), sys.argv[2]
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        find, step, count = mapped.find, len(needle), 0
        offset = find(needle)
        while offset >= 0:
            count += 1
            offset = find(needle, offset + step)
    print(count)


main()
