"""The rival of bench/struct.ts: the same loops with Python's struct.

    python3 bench/python_struct.py QUESTION FORMAT FILE

Prints the seconds of the fastest of 8 loops, and what all fields of all records come to.
"""

import struct
import sys
import time

PASSES = 8


def iter_unpack(record, data):
    total = 0.0
    for values in record.iter_unpack(data):
        total += values[2]


def unpack_from(record, data):
    total = 0.0
    for offset in range(0, len(data), record.size):
        total += record.unpack_from(data, offset)[2]


def pack_into(record, data):
    for offset in range(0, len(data), record.size):
        record.pack_into(data, offset, offset, 7, 0.5, 1)


def pack(record, data):
    for offset in range(0, len(data), record.size):
        record.pack(offset, 7, 0.5, 1)


def fold(record, data):
    ids = kinds = times = 0
    total = 0.0
    for id_, kind, value, time_ in record.iter_unpack(data):
        ids += id_
        kinds += kind
        total += value
        times ^= time_
    return f"{ids},{kinds},{struct.pack('>d', total).hex()},{times}"


def main():
    question, layout, path = sys.argv[1:]
    with open(path, "rb") as file:
        little = file.read()
    record = struct.Struct(layout)
    data = bytearray(len(little))
    fields = struct.iter_unpack("<IIdQ8x", little)
    for offset, values in zip(range(0, len(data), record.size), fields):
        record.pack_into(data, offset, *values)
    seconds = min(seconds_of(globals()[question], record, data) for _ in range(PASSES))
    print(seconds, fold(record, data))


def seconds_of(loop, record, data):
    started = time.perf_counter()
    loop(record, data)
    return time.perf_counter() - started


main()
