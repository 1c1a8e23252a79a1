"""The rivals of bench/records.ts that come from Python: the same question to DuckDB or polars.

    python3 bench/measurements_python.py (duckdb | polars) THREADS FILE
    python3 bench/measurements_python.py (duckdb | polars) --version

Prints `station;min;mean;max` lines, means with all their digits.
"""

import os
import sys


def main():
    engine, threads, *rest = sys.argv[1:]
    os.environ["POLARS_MAX_THREADS"] = threads
    module = __import__(engine)
    if threads == "--version":
        print(module.__version__)
        return
    ask = ask_duckdb if engine == "duckdb" else ask_polars
    for station, *numbers in ask(module, int(threads), rest[0]):
        print(station, *map(repr, numbers), sep=";")


def ask_duckdb(duckdb, threads, path):
    duckdb.sql(f"SET threads = {threads}")
    columns = "{'station': 'VARCHAR', 'temp': 'DOUBLE'}"
    source = f"read_csv(?, delim = ';', header = false, columns = {columns})"
    question = "SELECT station, min(temp), avg(temp), max(temp)"
    return duckdb.execute(f"{question} FROM {source} GROUP BY station", [path]).fetchall()


def ask_polars(polars, _threads, path):
    lines = polars.scan_csv(
        path,
        separator=";",
        has_header=False,
        schema={"station": polars.String, "temp": polars.Float64},
        quote_char=None,
    )
    temp = polars.col("temp")
    groups = lines.group_by("station").agg(
        temp.min().alias("min"), temp.mean().alias("mean"), temp.max().alias("max")
    )
    return groups.collect(engine="streaming").rows()


main()
