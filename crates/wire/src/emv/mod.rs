//! Chip data: TLV, tags, bit fields, APDUs, ATR.
