"""The rival of bench/records_set.ts: multiplies a double of each 32-byte record, or of those of a kind, by numpy.memmap.

    python3 bench/set_value_numpy.py FILE [KIND]

Prints the seconds of the statement. Nothing waits for the disk.
"""

import sys
import time

import numpy

RECORD = numpy.dtype(
    [("id", "<u4"), ("kind", "<u4"), ("value", "<f8"), ("ts", "<u8"), ("pad", "V8")]
)


def main():
    if sys.argv[1] == "--version":
        return
    started = time.perf_counter()
    records = numpy.memmap(sys.argv[1], RECORD, "r+")
    if len(sys.argv) > 2:
        records["value"][records["kind"] == int(sys.argv[2])] *= 1.1
    else:
        records["value"] *= 1.1
    print(time.perf_counter() - started)


main()
