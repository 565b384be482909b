"""PyIceberg behind the lines that ../README.md describes; its arguments are the catalog's properties, NAME=VALUE.

A question is a Python expression over `catalog` (PyIceberg's), `pa` (pyarrow), `pc` (pyarrow.compute), `pi` (the module
of PyIceberg's expressions) and `json`. Its value is one row, or a list of rows; a row may be a tuple.
"""

import json
import re
import sys
import traceback

import pyarrow as pa
import pyarrow.compute as pc
import pyiceberg.expressions as pi
from pyiceberg.catalog import load_catalog


def one_line(value):
    fields = value if isinstance(value, tuple) else (value,)
    return re.sub(r"[\t\r\n]+", " ", "|".join(str(field) for field in fields))


def answer(expression, names):
    try:
        value = eval(expression, names)  # The questions are the tests' own.
        rows = value if isinstance(value, list) else [value]
        return "\t".join(["ok"] + [one_line(row) for row in rows])
    except Exception as failed:
        traceback.print_exc()
        return "failed\t" + one_line(repr(failed))


def main():
    catalog = load_catalog("weir", **dict(setting.split("=", 1) for setting in sys.argv[1:]))
    names = {"catalog": catalog, "pa": pa, "pc": pc, "pi": pi, "json": json}
    print("ready", flush=True)
    for line in sys.stdin:
        print(answer(line.strip(), names), flush=True)


if __name__ == "__main__":
    main()
