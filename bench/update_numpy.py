"""A rival of bench/update.ts: adds 1 to a u32 of every 32-byte record through numpy.memmap.

    update_numpy.py FILE

Prints the seconds from before the file is mapped until it is changed.
"""

import sys
import time

import numpy

started = time.perf_counter()
records = numpy.memmap(sys.argv[1], dtype="<u4", mode="r+").reshape(-1, 8)
records[:, 1] += 1
print(time.perf_counter() - started)
