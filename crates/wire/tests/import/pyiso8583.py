"""A house's own table {not read}."""
import iso8583

house = {
    # 'h' and 't' stand before the fields
    'h': {'data_enc': 'ascii', 'len_enc': 'ascii', 'len_type': 0, 'max_len': 4, 'desc': "Header"},
    't': {'data_enc': 'b', 'len_enc': 'ascii', 'len_type': 0, 'max_len': 2, 'desc': 'Message type'},
    'p': {'data_enc': 'b', 'len_enc': 'ascii', 'len_type': 0, 'max_len': 8, 'desc': 'Bitmap'},
    '1': {'data_enc': 'b', 'len_enc': 'ascii', 'len_type': 0, 'max_len': 8, 'desc': 'Bitmap'},
    '2': {'data_enc': 'b', 'len_enc': 'bcd', 'len_type': 1, 'max_len': 19, 'len_count': 'nibbles', 'right_pad': 'F', 'desc': 'PAN'},
    '3': {'data_enc': 'b', 'len_enc': 'bcd', 'len_type': 0, 'max_len': 3, 'desc': "Processing code"},
    '22': {'data_enc': 'b', 'len_enc': 'bcd', 'len_type': 0, 'max_len': 2, 'desc': "Entry mode"},
    "32": {"data_enc": "b", "len_enc": "bcd", "len_type": 1, "max_len": 6, "desc": "Acquiring institution"},
    '35': {'data_enc': 'cp500', 'len_enc': 'cp500', 'len_type': 2, 'max_len': 37, 'desc': 'Track 2'},
    '41': {'data_enc': 'ascii', 'len_enc': 'ascii', 'len_type': 0, 'max_len': 8, 'desc': 'Terminal'},
    '43': {'data_enc': 'gbk', 'len_enc': 'ascii', 'len_type': 0, 'max_len': 40, 'desc': 'Name and location'},
    '48': {'data_enc': 'klingon', 'len_enc': 'b', 'len_type': 2, 'max_len': 999, 'desc': 'Additional data'},
    '55': {'data_enc': 'b', 'len_enc': 'bcd', 'len_type': 2, 'max_len': 255, 'desc': 'ICC data',},
}
house["64"] = {"data_enc": "b", "len_enc": "ascii", "len_type": 0, "max_len": 8, "desc": "MAC"}
other = {'2': {'data_enc': 'ascii', 'len_enc': 'ascii', 'len_type': 2, 'max_len': 19, 'desc': 'PAN'}}
