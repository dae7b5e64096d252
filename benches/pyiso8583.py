"""Time of one decoding of a UnionPay message by pyiso8583: `pyiso8583.py HEX`, message type first. Prints version and seconds."""

import copy
import importlib.metadata
import sys
import timeit

import iso8583
import iso8583.specs

PACKED = {2: (1, 19), 3: (0, 6), 4: (0, 12), 11: (0, 6), 12: (0, 6), 13: (0, 4), 14: (0, 4), 23: (0, 4), 25: (0, 2), 49: (0, 6)}
PACKED |= {53: (0, 16), 60: (2, 17)}
LETTERS = {39: (0, 2), 41: (0, 8), 42: (0, 15), 49: (0, 3)}
BYTES = {55: (2, 255), 59: (2, 600), 64: (0, 8)}


def unionpay():
    spec = copy.deepcopy(iso8583.specs.default)
    spec["t"]["data_enc"] = "b"
    spec["p"]["data_enc"] = "b"
    for layout, coding, count in ((PACKED, "b", "nibbles"), (LETTERS, "ascii", "bytes"), (BYTES, "b", "bytes")):
        for number, (prefix, longest) in layout.items():
            entry = spec[str(number)]
            entry.update(data_enc=coding, len_enc="bcd", len_type=prefix, max_len=longest, len_count=count)
            # An odd number of digits is filled up on the right.
            entry.update(left_pad="", right_pad="0")
    return spec


def main():
    message = bytes.fromhex(sys.argv[1])
    spec = unionpay()
    fields, _ = iso8583.decode(message, spec)
    assert len(fields["55"]) > 200 and fields["41"] == "29800013", fields
    timer = timeit.Timer(lambda: iso8583.decode(message, spec))
    best = min(timer.repeat(repeat=50, number=200)) / 200
    print(importlib.metadata.version("pyiso8583"), best)


main()
